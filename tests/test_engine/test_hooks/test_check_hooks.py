import contextlib
from types import SimpleNamespace

import pytest
import torch
from mmengine.dataset import DefaultSampler, InfiniteSampler
from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop
from mmseg.models import FCNHead
from torch import nn
from torch.utils.data import DataLoader

from projects.dstransnet.datasets import KeyedSampler
from projects.dstransnet.engine.hooks import BatchSizeHook, SegmentorCheckHook
from projects.dstransnet.models.decode_heads import LogitsHead
from projects.dstransnet.models.losses import SLSLoss
from projects.dstransnet.models.losses.distillation_losses import (
    DistillationLoss,
)
from projects.dstransnet.utils.errors import InputError


def prepared(images: int, sampler=KeyedSampler, **settings) -> DataLoader:
    """Return a data loader as the hook leaves it."""
    data = range(images)
    loader = DataLoader(data, sampler=sampler(data, seed=0), **settings)
    BatchSizeHook().before_train(SimpleNamespace(train_dataloader=loader))
    return loader


@pytest.mark.parametrize('images, batch, last', [
    (341, 8, 5), (9, 4, 2), (8, 4, 4), (3, 1, 1), (1, 4, 1)])
def test_no_last_batch_of_one_image(images, batch, last):
    loader = prepared(images, batch_size=batch)
    epochs = []
    for epoch in (0, 1, 0):
        loader.sampler.set_epoch(epoch)
        batches = [each.tolist() for each in loader]
        assert len(batches) == len(loader) == -(-images // batch)
        assert len(batches[-1]) == last
        shown = sum(batches, [])
        assert set(shown) == set(range(images))
        if len(shown) > images:
            assert shown[-1] == shown[0]
        epochs.append(shown)
    assert epochs[0] == epochs[2]


def test_drop_last_and_other_samplers_are_left_alone():
    assert len(prepared(9, batch_size=4, drop_last=True).sampler) == 9
    assert len(prepared(9, DefaultSampler, batch_size=4).sampler) == 9
    prepared(3, InfiniteSampler, batch_size=4, drop_last=True)


@pytest.mark.parametrize('sampler', [KeyedSampler, DefaultSampler])
def test_fewer_images_than_a_batch(sampler):
    with pytest.raises(InputError, match=(
            'train_dataloader: drop_last=True leaves no batch of 3 images; '
            'expected batch_size of at most 3, got 4')):
        prepared(3, sampler, batch_size=4, drop_last=True)


@pytest.mark.parametrize('split', ['val', 'test'])
def test_images_of_several_sizes_in_a_batch(split):
    check = getattr(BatchSizeHook(), f'before_{split}_iter')
    images = [torch.zeros(3, 64, 80), torch.zeros(3, 64, 80)]
    check(None, 0, dict(inputs=images))
    with pytest.raises(InputError, match=(
            f'^{split}_dataloader.batch_size: expected images of one size in '
            'a batch, got 48 x 80, 64 x 80')):
        check(None, 0, dict(inputs=[*images, torch.zeros(3, 48, 80)]))


class Pooled(nn.Module):
    def __init__(self):
        super().__init__()
        self.early = nn.BatchNorm2d(3)
        self.late = nn.BatchNorm2d(3)

    def forward(self, x):
        return self.late(self.early(x).mean((2, 3), keepdim=True))


def step(hook, model, images):
    runner = SimpleNamespace(model=model)
    batch = dict(inputs=list(torch.rand(images, 3, 4, 4)))
    hook.before_train_iter(runner, 0, batch)
    out = model(torch.stack(batch['inputs']))
    hook.after_train_iter(runner, 0, batch)
    return out


def test_a_wrong_loss_stops_the_run():
    model = nn.Module()
    model.decode_head = FCNHead(
        in_channels=4, channels=4, num_classes=2, out_channels=1,
        threshold=0.5, loss_decode=dict(type='DiceLoss'))
    with pytest.raises(InputError, match='model.decode_head.loss_decode: .*'
                       'use BinaryDiceLoss'):
        SegmentorCheckHook().before_train(SimpleNamespace(model=model))


@pytest.mark.parametrize('module, refused', [
    (SLSLoss(), True),
    (SLSLoss(warmup_epochs=-1), False),
    (LogitsHead(), False),
    (LogitsHead(warmup_weights=dict(out=1)), True),
    (DistillationLoss([]), False),
    (DistillationLoss([], until=0.5), True)])
def test_losses_that_follow_epochs_need_epochs(module, refused):
    runner = SimpleNamespace(model=nn.Sequential(module),
                             train_loop=object.__new__(IterBasedTrainLoop))
    with (pytest.raises(InputError, match=f'{type(module).__name__} change .*'
                        'got IterBasedTrainLoop')
          if refused else contextlib.nullcontext()):
        SegmentorCheckHook().before_train(runner)
    runner.train_loop = object.__new__(EpochBasedTrainLoop)
    SegmentorCheckHook().before_train(runner)


def test_a_batch_of_one_image_and_a_norm_after_pooling():
    hook, model = SegmentorCheckHook(), Pooled()
    assert step(hook, model, 2).shape == (2, 3, 1, 1)
    with pytest.raises(InputError, match='^train_dataloader: a batch of one '
                       'image, .* late, a batch norm after pooling'):
        step(hook, model, 1)


def test_a_batch_of_one_image_without_pooling():
    hook, model = SegmentorCheckHook(), Pooled()
    model.late = nn.Identity()
    for _ in range(2):
        assert step(hook, model, 1).shape == (1, 3, 1, 1)
    assert not model.early._forward_pre_hooks
