import math
import os
from types import SimpleNamespace

import pytest
import torch
from helpers.forked_ranks import on_ranks
from mmengine.hooks import CheckpointHook
from mmengine.model import BaseModel
from mmengine.optim import OptimWrapper
from mmengine.runner import Runner
from mmengine.structures import BaseDataElement
from torch import nn

from projects.dstransnet.checkpoint.reading import read_checkpoint
from projects.dstransnet.engine.hooks import FiniteLossHook
from projects.dstransnet.utils.errors import InputError


class Trainee(BaseModel):
    """One layer. Its loss is that of a line, or has no finite gradient."""

    def __init__(self, steep_at=None):
        super().__init__()
        self.linear = nn.Linear(1, 1)
        self.steep_at, self.steps = steep_at, 0

    def forward(self, inputs, data_samples=None, mode='tensor'):
        out = self.linear(torch.stack(list(inputs)))
        if self.steep_at == self.steps:
            out = (out * 0).abs().sqrt()
        self.steps += 1
        return dict(loss_line=out.mean(), loss_other=out.mean() * 0 + 1)


def train(work_dir, values, model=None, **checkpoint):
    """Train for 3 epochs on batches of 2, at a step an image pair."""
    model = model or Trainee()
    data = [
        dict(
            inputs=torch.tensor([float(value)]),
            data_samples=BaseDataElement(
                metainfo=dict(img_path=f'images/{number}.png')))
        for number, value in enumerate(values)
    ]
    runner = Runner(
        model,
        str(work_dir),
        train_dataloader=dict(
            dataset=data,
            sampler=dict(type='DefaultSampler', shuffle=False),
            batch_size=2,
            num_workers=0),
        train_cfg=dict(by_epoch=True, max_epochs=3),
        optim_wrapper=OptimWrapper(torch.optim.SGD(model.parameters(), 0.1)),
        default_hooks=dict(checkpoint=CheckpointHook(1, **checkpoint)),
        custom_hooks=[FiniteLossHook()],
        default_scope='mmseg',
        experiment_name=os.path.basename(work_dir))
    runner.train()


@pytest.mark.parametrize('value', [math.nan, math.inf, -math.inf])
def test_the_first_other_one_stops_and_names_its_images(tmp_path, value):
    work_dir = tmp_path / f'stops{value}'
    with pytest.raises(InputError) as error:
        train(work_dir, [1, 2, 3, value, 5, 6])
    message = str(error.value)
    assert 'epoch 1, step 2: ' in message
    assert 'images/2.png, images/3.png.' in message
    assert 'images/1.png' not in message and 'images/4.png' not in message
    assert 'loss_line' in message
    assert not list(work_dir.glob('*.pth'))


def test_the_last_good_checkpoint_stays(tmp_path):
    work_dir = tmp_path / 'overflows'
    model = Trainee(steep_at=3)  # the last step of the second epoch
    with pytest.raises(InputError, match='buffers are not finite: '
                       'linear.weight, linear.bias') as error:
        train(work_dir, [1, 2, 3, 4], model)
    assert 'epoch 2: ' in str(error.value)
    assert [path.name for path in work_dir.glob('*.pth')] == ['epoch_1.pth']
    assert (work_dir / 'last_checkpoint').read_text().endswith('epoch_1.pth')
    state = read_checkpoint(str(work_dir / 'epoch_1.pth'))['state_dict']
    assert all(torch.isfinite(value).all() for value in state.values())


class WithStatistics(Trainee):
    """A loss of whose statistics nothing is known."""

    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(1)

    def forward(self, inputs, data_samples=None, mode='tensor'):
        losses = super().forward(inputs, data_samples, mode)
        if self.steps == 3:  # the second epoch
            self.norm(torch.full((2, 1), math.inf))
        return losses


def test_statistics_that_are_not_finite_are_not_saved(tmp_path):
    """Resuming would refuse them."""
    work_dir = tmp_path / 'statistics'
    with pytest.raises(InputError, match='buffers are not finite: '
                       'norm.running_mean, norm.running_var') as error:
        train(work_dir, [1, 2, 3, 4], WithStatistics())
    assert 'epoch 2: ' in str(error.value)
    assert [path.name for path in work_dir.glob('*.pth')] == ['epoch_1.pth']


def test_what_is_no_array_of_numbers_is_left_alone():
    state = dict(
        extra=dict(a=math.nan),
        meta=torch.ones(2, device='meta'),
        lazy=nn.UninitializedParameter())
    FiniteLossHook().before_save_checkpoint(None, dict(state_dict=state))


def test_nothing_of_that_step_is_saved(tmp_path):
    """Where a checkpoint is due at this very step, too."""
    work_dir = tmp_path / 'each-step'
    with pytest.raises(InputError, match='step 2: loss'):
        train(work_dir, [1, 2, 3, math.nan], by_epoch=False)
    assert [path.name for path in work_dir.glob('*.pth')] == ['iter_1.pth']


def _step_of_a_rank(losses):
    torch.distributed.init_process_group('gloo')
    rank = torch.distributed.get_rank()
    batch = dict(data_samples=[SimpleNamespace(img_path=f'rank{rank}.png')])
    runner = SimpleNamespace(epoch=4, iter=9)
    outputs = dict(loss=torch.tensor(losses[rank]))
    try:
        FiniteLossHook().after_train_iter(runner, 0, batch, outputs)
    except InputError as error:
        return str(error)
    finally:
        torch.distributed.destroy_process_group()


def test_all_processes_stop_for_one():
    first, second = on_ranks(2, _step_of_a_rank, [1., math.nan])
    assert first == second
    assert 'epoch 5, step 10: loss nan' in first
    assert 'rank1.png' in first and 'rank0' not in first
