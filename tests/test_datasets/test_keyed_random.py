import random
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from helpers.image_folder import PACKED, build, epochs_of, write_pair
from mmcv.transforms import BaseTransform
from mmengine.dataset import ConcatDataset, DefaultSampler, RepeatDataset
from mmengine.hooks import DistSamplerSeedHook
from mmengine.runner import Runner
from mmseg.registry import DATA_SAMPLERS
from torch.utils.data import ConcatDataset as TorchConcatDataset
from torch.utils.data import Subset, TensorDataset

from projects.dstransnet.datasets import (
    KeyedSampler,
    keyed_random,
    keyed_random_state,
)

PERSISTENT = dict(num_workers=1, persistent_workers=True)


class Draw(BaseTransform):
    """Records a draw of each generator that a transform may use."""

    def transform(self, results: dict) -> dict:
        return dict(draws=draws())


def draws() -> tuple[float, float, float]:
    return random.random(), float(np.random.rand()), torch.rand(1).item()


def seed_everything(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed + 1)
    torch.manual_seed(seed + 2)


def write_files(root) -> None:
    rng = np.random.default_rng(0)
    for number in range(7):
        mask = np.zeros((20, 32), np.uint8)
        mask[5 + number:9 + number, 12:16] = 255
        write_pair(root, str(number), rng.integers(0, 256, (20, 32), np.uint8),
                   mask)


def has_key(dataset, *key: int) -> bool:
    """Tell whether samples are drawn by a key, which is set then."""
    found = dataset[3]
    dataset.set_random_key(*key)
    return dataset[3] == found


@pytest.fixture
def folder(tmp_path):
    write_files(tmp_path)
    return tmp_path


@pytest.fixture
def dataset(folder):
    """Seven samples, each the draws it saw."""
    return build(folder, [Draw()])


@pytest.fixture
def image_dataset(folder):
    """Seven samples under the usual random transforms."""
    return build(folder, PACKED)


def test_state_depends_on_the_key_alone():
    seen = set()
    for key in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (5, )):
        seed_everything(1)
        with keyed_random_state(*key):
            first = draws()
        seed_everything(4)
        with keyed_random_state(*key):
            assert draws() == first
        seen.update(first)
    assert len(seen) == 5 * 3


def test_state_outside_is_restored_even_after_an_error(image_dataset):
    seed_everything(1)
    expected = draws()
    seed_everything(1)
    with pytest.raises(KeyError), keyed_random_state(7):
        draws()
        raise KeyError
    image_dataset.set_random_key(0, 0)
    for index in range(len(image_dataset)):
        image_dataset.prepare_data(index)
    assert draws() == expected


@pytest.mark.parametrize('workers, persistent', [(1, False), (2, True)])
def test_samples_do_not_depend_on_the_workers(image_dataset, workers,
                                              persistent):
    """Built-in transforms included; three epochs, each of another look."""
    expected = epochs_of(image_dataset)
    seed_everything(8)  # nor on what ran before
    assert epochs_of(image_dataset, num_workers=workers,
                     persistent_workers=persistent) == expected
    looks = {sample[1] for epoch in expected for sample in epoch}
    assert len(looks) == 3 * 7


@pytest.mark.slow
def test_key_travels_to_workers_that_are_spawned(image_dataset):
    """Slow: each worker imports everything."""
    assert epochs_of(image_dataset, multiprocessing_context='spawn',
                     **PERSISTENT) == epochs_of(image_dataset)


def test_without_a_key_the_global_state_is_used(dataset):
    """DefaultSampler gives no key: the framework's behaviour is kept."""
    seed_everything(1)
    expected = [draws() for _ in range(7)]
    seed_everything(1)
    assert [dataset[index]['draws'] for index in
            DefaultSampler(dataset, seed=0)] == expected


def wrapped(kind: str, folder) -> tuple:
    """Return a wrapper around datasets of seven, and the datasets."""
    first, second = (build(folder, [Draw()]) for _ in range(2))
    if kind == 'concat':
        return ConcatDataset([first, second]), (first, second)
    if kind == 'repeat':
        return RepeatDataset(first, 2), (first, )
    if kind == 'subset':
        return Subset(first, [4, 2, 6]), (first, )
    repeated = RepeatDataset(first, 1)
    return TorchConcatDataset([repeated, second]), (first, second)


@pytest.mark.parametrize('kind', ['concat', 'repeat', 'nested', 'subset'])
def test_works_through_wrappers(folder, kind):
    dataset, leaves = wrapped(kind, folder)
    expected = epochs_of(dataset, seed=9)
    assert [len(epoch) for epoch in expected] == [len(dataset)] * 3
    assert not set(expected[0]) & set(expected[1])
    dataset, _ = wrapped(kind, folder)
    assert epochs_of(dataset, seed=9, **PERSISTENT) == expected
    for part, leaf in enumerate(leaves):
        leaf.set_random_key(9, 2, part)
    inside = {sample['draws'] for leaf in leaves for sample in leaf}
    assert set(expected[2]) <= inside


def test_repeats_within_an_epoch_are_alike_and_warned_of(folder, monkeypatch):
    lines = []
    monkeypatch.setattr(keyed_random, 'print_log',
                        lambda line, **_: lines.append(line))
    dataset = wrapped('repeat', folder)[0]
    KeyedSampler(wrapped('nested', folder)[0], seed=0)
    assert not lines
    KeyedSampler(dataset, seed=0)
    assert 'repeated within an epoch' in lines[0]
    assert dataset[3]['draws'] == dataset[10]['draws']


def test_parts_are_numbered_in_their_order(folder):
    """Samples of equal index in two of them are drawn differently."""
    dataset, leaves = wrapped('concat', folder)
    KeyedSampler(dataset, seed=9)
    alone = build(folder, [Draw()])
    found = [list(leaf) for leaf in leaves]
    for part, samples in enumerate(found):
        alone.set_random_key(9, 0, part)
        assert samples == list(alone)
    assert all(one != other for one, other in zip(*found))


def test_dataset_on_its_own_draws_by_seed_epoch_and_index(dataset):
    """The draws of runs that were made before parts were told apart."""
    KeyedSampler(dataset, seed=9).set_epoch(3)
    for index in range(7):
        with keyed_random_state(9, 3, index):
            assert dataset[index]['draws'] == draws()


def test_dataset_of_another_kind_is_left_alone(dataset):
    both = TorchConcatDataset([TensorDataset(torch.arange(3)), dataset])
    sampler = KeyedSampler(both, shuffle=False, seed=1)
    sampler.set_epoch(2)
    assert list(sampler) == list(range(10))
    assert has_key(dataset, 1, 2)


def test_subset_of_a_keyed_dataset_has_a_key_of_its_own(dataset):
    """Also in workers that persist, to which the key must travel."""
    dataset.set_random_key(1, 0)
    expected = epochs_of(dataset.get_subset([0, 1, 2, 3]))
    assert epochs_of(
        dataset.get_subset([0, 1, 2, 3]), **PERSISTENT) == expected
    assert has_key(dataset, 1, 0)


def test_epoch_of_a_sampler(dataset):
    sampler = DATA_SAMPLERS.build(
        dict(type='KeyedSampler', shuffle=False, dataset=dataset, seed=5))
    assert list(sampler) == list(range(7))
    assert has_key(dataset, 5, 0)
    sampler = KeyedSampler(dataset)  # the seed is drawn
    assert sampler.seed >= 0 and has_key(dataset, sampler.seed, 0)


@pytest.mark.parametrize('shortened', [{}, dict(num_batch_per_epoch=3)])
def test_runner_hands_seed_and_epoch_to_the_sampler(folder, shortened):
    loader = Runner.build_dataloader(
        dict(dataset=build(folder, [Draw()]), batch_size=1, num_workers=0,
             sampler=dict(type='KeyedSampler', shuffle=True), **shortened),
        seed=31)
    assert type(loader.sampler) is KeyedSampler
    assert len(loader) == (3 if shortened else 7)
    assert has_key(loader.dataset, 31, 0)
    DistSamplerSeedHook().before_train_epoch(SimpleNamespace(
        train_loop=SimpleNamespace(dataloader=loader), epoch=6))
    assert has_key(loader.dataset, 31, 6)
