import time
from types import SimpleNamespace

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.logging import MessageHub
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch.utils.data import TensorDataset

from projects.dstransnet.engine.hooks import TimeLimitHook
from projects.dstransnet.utils.errors import InputError


class Model(BaseModel):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(()))

    def forward(self, inputs, mode):
        return dict(loss=self.weight)


class Epochs(Hook):
    """An epoch takes 40 seconds."""

    def __init__(self, clock):
        self.clock = clock

    def after_train_iter(self, *args, **kwargs):
        self.clock.now += 40


@pytest.fixture
def train(monkeypatch, tmp_path):
    """Train in epochs of 40 seconds; return the files of checkpoints."""
    clock = SimpleNamespace(now=100.)
    monkeypatch.setattr(time, 'monotonic', lambda: clock.now)
    loader = dict(dataset=TensorDataset(torch.zeros(1)), batch_size=1,
                  sampler=dict(type='DefaultSampler', shuffle=False))

    def train(minutes, resume=False, **train_cfg):
        runner = Runner(
            model=Model(), work_dir=str(tmp_path), train_dataloader=loader,
            train_cfg=train_cfg or dict(by_epoch=True, max_epochs=6),
            optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)),
            default_hooks=dict(checkpoint=dict(
                type='CheckpointHook', interval=10)),
            custom_hooks=[Epochs(clock), TimeLimitHook(minutes)],
            resume=resume, default_scope='mmseg',
            experiment_name=f'limit {clock.now} {minutes}')
        runner.train()
        return sorted(path.name for path in tmp_path.glob('*.pth'))

    yield train
    # Losses of later tests ask the current one for the epoch.
    MessageHub.get_instance(f'after {tmp_path}')


def test_the_epoch_in_which_time_is_over_is_the_last_one(train):
    assert train(1.5) == ['epoch_3.pth']
    # It has taken 2 minutes, and goes on counting.
    assert train(2.5, resume=True) == ['epoch_3.pth', 'epoch_4.pth']
    assert train(2.5, resume=True) == ['epoch_3.pth', 'epoch_4.pth']


def test_enough_time(train):
    assert train(60) == ['epoch_6.pth']


def test_time_needs_epochs(train):
    with pytest.raises(InputError, match='expected an EpochBasedTrainLoop, '
                       'got IterBasedTrainLoop'):
        train(1, by_epoch=False, max_iters=4)
