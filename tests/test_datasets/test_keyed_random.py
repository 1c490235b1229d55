import random
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmcv.transforms import BaseTransform
from mmengine.dataset import (
    ConcatDataset,
    DefaultSampler,
    RepeatDataset,
    pseudo_collate,
)
from mmengine.hooks import DistSamplerSeedHook
from mmengine.runner import Runner
from mmseg.registry import DATA_SAMPLERS
from PIL import Image
from torch.utils.data import ConcatDataset as TorchConcatDataset
from torch.utils.data import DataLoader, Subset, TensorDataset

from projects.dstransnet.datasets import (
    IRSTDDataset,
    KeyedSampler,
    keyed_random_state,
)

SIZE = 24
RANDOM_TRANSFORMS = [
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='RandomFlip', prob=0.5, direction='vertical'),
    dict(type='RandomRot90', prob=0.5),
    dict(type='RandomLongSideResize', size=SIZE, max_ratio=1.5),
    dict(type='CenterPad', size=SIZE),
    dict(type='RandomCrop', crop_size=(SIZE, SIZE)),
    dict(type='PhotoMetricDistortion'),
]


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


def write_files(root, count: int) -> None:
    rng = np.random.default_rng(0)
    for folder in ('images', 'masks'):
        (root / folder).mkdir(parents=True)
    for number in range(count):
        pixels = rng.integers(0, 256, (20, 32), np.uint8)
        Image.fromarray(pixels).save(root / 'images' / f'{number}.png')
        mask = np.zeros((20, 32), np.uint8)
        mask[5 + number:9 + number, 12:16] = 255
        Image.fromarray(mask).save(root / 'masks' / f'{number}.png')


def build(root, transforms, **kwargs) -> IRSTDDataset:
    return IRSTDDataset(
        data_root=str(root),
        data_prefix=dict(img_path='images', seg_map_path='masks'),
        pipeline=transforms,
        serialize_data=False,  # saves a garbage collection
        **kwargs)


@pytest.fixture
def folder(tmp_path):
    write_files(tmp_path, 7)
    return tmp_path


@pytest.fixture
def dataset(folder):
    """Seven samples, each the draws it saw."""
    return build(folder, [Draw()])


@pytest.fixture
def image_dataset(folder):
    """Seven samples under the usual random transforms."""
    return build(folder, [
        dict(type='LoadImageFromFile'),
        dict(type='LoadIRSTDMask'), *RANDOM_TRANSFORMS,
        dict(type='PackSegInputs')
    ])


def samples_of(dataset, sampler, epochs=3, workers=0,
               persistent=False) -> list[list]:
    """Return the samples of each epoch, in the order of the loader."""
    loader = DataLoader(
        dataset,
        batch_size=2,
        sampler=sampler,
        num_workers=workers,
        persistent_workers=persistent,
        collate_fn=pseudo_collate)
    found = []
    for epoch in range(epochs):
        sampler.set_epoch(epoch)
        found.append([])
        for batch in loader:
            if 'draws' in batch:
                # pseudo_collate gives one list per position of the tuple.
                found[-1] += zip(*batch['draws'])
                continue
            for image, sample in zip(batch['inputs'], batch['data_samples']):
                found[-1].append(
                    (sample.img_path, image.numpy().tobytes(),
                     sample.gt_sem_seg.data.numpy().tobytes()))
    return found


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


def test_state_outside_is_restored_even_after_an_error():
    seed_everything(1)
    undisturbed = [draws(), draws()]
    seed_everything(1)
    first = draws()
    with pytest.raises(KeyError), keyed_random_state(7):
        draws()
        raise KeyError
    assert [first, draws()] == undisturbed


def test_prepare_data_leaves_the_global_state_alone(image_dataset):
    image_dataset.set_random_key(0, 0)
    seed_everything(1)
    expected = draws()
    seed_everything(1)
    for index in range(len(image_dataset)):
        image_dataset.prepare_data(index)
    assert draws() == expected


def test_samples_differ_from_each_other(dataset):
    dataset.set_random_key(0, 0)
    seen = [value for sample in dataset for value in sample['draws']]
    assert len(set(seen)) == 3 * 7


def test_key_holds_until_the_next(dataset):
    dataset.set_random_key(3, 1)
    first = dataset[2]
    dataset.set_random_key(3, 2)
    assert dataset[2] != first
    dataset.set_random_key(4, 1)
    assert dataset[2] != first
    dataset.set_random_key(3, 1)
    assert dataset[2] == first


@pytest.mark.parametrize('workers, persistent', [(1, False), (1, True),
                                                 (2, False), (2, True)])
def test_samples_do_not_depend_on_the_workers(image_dataset, workers,
                                              persistent):
    """Built-in transforms included; three epochs, each of another look."""
    expected = samples_of(image_dataset, KeyedSampler(image_dataset, seed=5))
    found = samples_of(
        image_dataset,
        KeyedSampler(image_dataset, seed=5),
        workers=workers,
        persistent=persistent)
    assert found == expected
    looks = {sample[1] for epoch in expected for sample in epoch}
    assert len(looks) == 3 * 7


def test_samples_do_not_depend_on_what_ran_before(image_dataset):
    expected = samples_of(image_dataset, KeyedSampler(image_dataset, seed=5))
    seed_everything(8)
    image_dataset[3]
    found = samples_of(image_dataset, KeyedSampler(image_dataset, seed=5))
    assert found == expected


@pytest.mark.parametrize('transform', [
    dict(type='RandomFlip', prob=0.5),
    dict(type='RandomCrop', crop_size=(12, 12)),
    dict(type='RandomRot90'),
    dict(type='RandomLongSideResize', size=40, max_ratio=1.5),
])
def test_each_random_transform_draws_from_the_key(folder, transform):
    dataset = build(folder, [
        dict(type='LoadImageFromFile'),
        dict(type='LoadIRSTDMask'), transform
    ])

    def look(epoch: int) -> list[bytes]:
        dataset.set_random_key(0, epoch)
        return [sample['img'].tobytes() for sample in dataset]

    looks = [look(epoch) for epoch in range(4)]
    assert any(look != looks[0] for look in looks[1:])
    assert [look(epoch) for epoch in range(4)] == looks


def test_epochs_and_seeds_differ(dataset):
    sets = []
    for seed in (0, 1):
        sampler = KeyedSampler(dataset, seed=seed)
        for epoch in samples_of(dataset, sampler, epochs=2):
            sets.append(set(epoch))
    assert [len(samples) for samples in sets] == [7] * 4
    assert len(set.union(*sets)) == 4 * 7


def test_order_is_that_of_the_default_sampler(dataset):
    for shuffle in (True, False):
        keyed = KeyedSampler(dataset, shuffle=shuffle, seed=2)
        default = DefaultSampler(dataset, shuffle=shuffle, seed=2)
        for epoch in (0, 4):
            keyed.set_epoch(epoch)
            default.set_epoch(epoch)
            assert list(keyed) == list(default)


def test_without_a_key_the_global_state_is_used(dataset):
    """DefaultSampler gives no key: the framework's behaviour is kept."""
    sampler = DefaultSampler(dataset, seed=0)
    seed_everything(1)
    expected = [draws() for _ in range(2 * 7)]
    seed_everything(1)
    found = [
        dataset[index]['draws'] for _ in range(2) for index in sampler
    ]
    assert found == expected


def test_sampler_without_epochs_starts_at_epoch_0(dataset):
    KeyedSampler(dataset, seed=5)
    first = dataset[1]
    dataset.set_random_key(5, 0)
    assert dataset[1] == first


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
    expected = samples_of(dataset, KeyedSampler(dataset, seed=9))
    assert [len(epoch) for epoch in expected] == [len(dataset)] * 3
    assert not set(expected[0]) & set(expected[1])
    dataset, _ = wrapped(kind, folder)
    assert samples_of(
        dataset, KeyedSampler(dataset, seed=9), workers=1,
        persistent=True) == expected
    for part, leaf in enumerate(leaves):
        leaf.set_random_key(9, 2, part)
    inside = {sample['draws'] for leaf in leaves for sample in leaf}
    assert set(expected[2]) <= inside


@pytest.mark.parametrize('workers, persistent', [(0, False), (1, True)])
def test_parts_of_equal_index_draw_differently(folder, workers, persistent):
    dataset, _ = wrapped('concat', folder)
    sampler = KeyedSampler(dataset, shuffle=False, seed=9)
    for epoch in samples_of(
            dataset, sampler, workers=workers, persistent=persistent):
        assert len(set(epoch)) == 2 * 7
        assert all(a != b for a, b in zip(epoch[:7], epoch[7:]))


def test_parts_are_numbered_in_their_order(folder):
    dataset, (first, second) = wrapped('concat', folder)
    KeyedSampler(dataset, seed=9)
    alone = build(folder, [Draw()])
    for part, leaf in enumerate((first, second)):
        alone.set_random_key(9, 0, part)
        assert list(leaf) == list(alone)


def test_dataset_on_its_own_draws_by_seed_epoch_and_index(dataset):
    """The draws of runs that were made before parts were told apart."""
    KeyedSampler(dataset, seed=9).set_epoch(3)
    for index in range(7):
        with keyed_random_state(9, 3, index):
            assert dataset[index]['draws'] == draws()


def test_draws_do_not_depend_on_where_the_files_are(folder, dataset, tmp_path):
    write_files(tmp_path / 'elsewhere', 7)
    moved = build(tmp_path / 'elsewhere', [Draw()])
    for leaf in (dataset, moved):
        leaf.set_random_key(9, 3, 1)
    assert list(dataset) == list(moved)


def test_dataset_of_another_kind_is_left_alone(dataset):
    plain = TensorDataset(torch.arange(3))
    both = TorchConcatDataset([plain, dataset])
    sampler = KeyedSampler(both, shuffle=False, seed=1)
    sampler.set_epoch(2)
    assert list(sampler) == list(range(10))
    found = dataset[0]
    dataset.set_random_key(1, 2)
    assert dataset[0] == found


def test_subset_of_a_keyed_dataset_has_a_key_of_its_own(dataset):
    """Also in workers that persist, to which the key must travel."""
    dataset.set_random_key(1, 0)
    part = dataset.get_subset([0, 1, 2, 3])
    expected = samples_of(part, KeyedSampler(part, seed=5))
    before = dataset[0]
    part = dataset.get_subset([0, 1, 2, 3])
    assert samples_of(
        part, KeyedSampler(part, seed=5), workers=1,
        persistent=True) == expected
    assert dataset[0] == before


@pytest.mark.slow
def test_key_travels_to_workers_that_are_spawned(image_dataset):
    """Slow: each worker imports everything."""
    expected = samples_of(image_dataset, KeyedSampler(image_dataset, seed=5))
    sampler = KeyedSampler(image_dataset, seed=5)
    loader = DataLoader(
        image_dataset,
        batch_size=None,
        sampler=sampler,
        num_workers=1,
        persistent_workers=True,
        multiprocessing_context='spawn')
    for number, epoch in enumerate(expected):
        sampler.set_epoch(number)
        found = [item['inputs'].numpy().tobytes() for item in loader]
        assert found == [image for _, image, _ in epoch]


def loader_config(folder, **kwargs) -> dict:
    return dict(
        dataset=dict(
            type='IRSTDDataset',
            data_root=str(folder),
            data_prefix=dict(img_path='images', seg_map_path='masks'),
            serialize_data=False,
            pipeline=[Draw()]),
        sampler=dict(type='KeyedSampler', shuffle=True),
        batch_size=1,
        num_workers=0,
        **kwargs)


def test_runner_hands_its_seed_to_the_sampler(folder):
    loader = Runner.build_dataloader(loader_config(folder), seed=31)
    assert type(loader.sampler) is KeyedSampler
    assert loader.sampler.seed == 31
    found = loader.dataset[3]
    loader.dataset.set_random_key(31, 0)
    assert loader.dataset[3] == found


def test_runner_that_shortens_an_epoch(folder):
    config = loader_config(folder, num_batch_per_epoch=3)
    loader = Runner.build_dataloader(config, seed=31)
    assert len(loader) == 3
    loader.sampler.set_epoch(4)
    found = loader.dataset[1]
    same = build(folder, [Draw()])
    same.set_random_key(31, 4)
    assert same[1] == found


def test_seed_is_drawn_where_none_is_given(dataset):
    sampler = KeyedSampler(dataset)
    assert sampler.seed >= 0
    found = dataset[0]
    dataset.set_random_key(sampler.seed, 0)
    assert dataset[0] == found


def test_hook_of_the_runner_sets_the_epoch(folder):
    loader = Runner.build_dataloader(loader_config(folder), seed=31)
    runner = SimpleNamespace(
        train_loop=SimpleNamespace(dataloader=loader), epoch=6)
    DistSamplerSeedHook().before_train_epoch(runner)
    found = loader.dataset[3]
    loader.dataset.set_random_key(31, 6)
    assert loader.dataset[3] == found


def test_sampler_is_registered(dataset):
    sampler = DATA_SAMPLERS.build(
        dict(type='KeyedSampler', shuffle=False, dataset=dataset, seed=0))
    assert list(sampler) == list(range(7))
