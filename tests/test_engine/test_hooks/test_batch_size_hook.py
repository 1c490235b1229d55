from types import SimpleNamespace

import pytest
import torch
from mmengine.dataset import DefaultSampler, InfiniteSampler
from torch.utils.data import DataLoader

from projects.dstransnet.datasets import KeyedSampler
from projects.dstransnet.engine.hooks import BatchSizeHook
from projects.dstransnet.utils.errors import InputError


def prepared(images: int, sampler=KeyedSampler, **settings) -> DataLoader:
    """Return a data loader as the hook leaves it."""
    data = range(images)
    loader = DataLoader(data, sampler=sampler(data, seed=0), **settings)
    BatchSizeHook().before_train(SimpleNamespace(train_dataloader=loader))
    return loader


@pytest.mark.parametrize('images, batch, last', [
    (341, 4, 2), (341, 8, 5), (9, 4, 2), (8, 4, 4), (5, 2, 2), (3, 1, 1),
    (1, 4, 1)])
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


def test_order_of_the_other_images_stays():
    plain = list(KeyedSampler(range(9), seed=0))
    assert list(prepared(9, batch_size=4).sampler) == plain + plain[:1]


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
