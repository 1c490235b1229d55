import copy
import functools
import multiprocessing
import os
import pickle
import signal

import numpy as np
import pytest
from helpers import image_folder
from helpers.image_folder import LOADING, PACKED, RANDOM, write_pair
from mmcv.transforms import BaseTransform
from mmengine.dataset import Compose

from projects.dstransnet.datasets.caching import cached_loading
from projects.dstransnet.datasets.caching.shared_store import SharedStore
from projects.dstransnet.utils.errors import InputError

COUNT = 7
MASK = np.s_[5:9, 12:16]


class Spoil(BaseTransform):
    """Changes all that it gets, in place."""

    def transform(self, results: dict) -> dict:
        results['img'][:] = 77
        results['gt_seg_map'] += 1
        results['seg_fields'].append('nothing')
        return results


@pytest.fixture
def folder(tmp_path):
    """Seven images of several sizes, masks of a smaller one."""
    rng = np.random.default_rng(0)
    mask = np.zeros((20, 32), np.uint8)
    mask[MASK] = 255
    for number in range(COUNT):
        write_pair(tmp_path, str(number),
                   rng.integers(0, 256, (20 + number, 32), np.uint8), mask)
    return tmp_path


def build(root, pipeline=PACKED, **kwargs) -> image_folder.IRSTDDataset:
    return image_folder.build(root, pipeline, check_files=False, **kwargs)


epochs_of = functools.partial(image_folder.epochs_of, count=2)


def remove_files(root) -> None:
    for path in root.glob('*/*.png'):
        path.unlink()


def same(first, second) -> bool:
    """Whether results are equal: keys, values and types."""
    return first.keys() == second.keys() and all(
        type(first[key]) is type(second[key])
        and getattr(first[key], 'dtype', None) == getattr(
            second[key], 'dtype', None)
        and np.array_equal(first[key], second[key]) for key in first)


# Samples


@pytest.mark.parametrize('workers, persistent', [(0, False), (2, True)])
def test_samples_are_those_without_cache(folder, workers, persistent):
    expected = epochs_of(build(folder))
    found = epochs_of(build(folder, cache='ram'), num_workers=workers,
                      persistent_workers=persistent)
    assert found == expected
    assert found[0] != found[1]


@pytest.mark.slow
def test_workers_that_are_spawned_share_it(folder):
    """Slow: each worker imports everything."""
    expected = epochs_of(build(folder))
    dataset = build(folder, cache='ram')
    found = epochs_of(dataset, num_workers=2, persistent_workers=True,
                      multiprocessing_context='spawn')
    assert found == expected
    remove_files(folder)
    assert epochs_of(dataset) == expected


@pytest.mark.parametrize('loader', [
    dict(type='LoadImageFromFile'),
    dict(type='LoadImageFromFile', color_type='grayscale', to_float32=True),
    dict(type='LoadInfraredImage', mapping='minmax')])
def test_loaded_results_are_equal(folder, loader):
    pipeline = [loader, dict(type='LoadIRSTDMask')]
    plain, cached = build(folder, pipeline), build(
        folder, pipeline, cache='ram')
    for _ in range(2):
        for index in range(COUNT):
            found = cached[index]
            assert same(found, plain[index])
            assert found['sample_idx'] == index
            assert found['img'].flags.writeable
    assert len(cached._store) == COUNT


def test_later_transforms_do_not_change_it(folder):
    expected = list(build(folder, LOADING))
    dataset = build(folder, [*LOADING, Spoil()], cache='ram')
    for _ in range(2):
        for index in range(COUNT):
            assert (dataset[index]['img'] == 77).all()
            # The same steps, with nothing behind them.
            loaded = dataset._load(dataset._store, index)
            assert same(loaded, expected[index])


@pytest.mark.parametrize('first', [0, 2])
def test_nothing_is_read_twice_by_any_process(folder, first):
    dataset = build(folder, cache='ram')
    expected = epochs_of(dataset, num_workers=first)
    assert len(dataset._store) == COUNT
    remove_files(folder)
    assert epochs_of(dataset) == expected
    assert epochs_of(dataset, num_workers=1) == expected


# Wrappers and subsets


def test_subset_shares_it(folder):
    dataset = build(folder, LOADING, cache='ram')
    expected = list(build(folder, LOADING))
    list(dataset)
    remove_files(folder)
    part = dataset.get_subset([5, 2])
    assert part._store is dataset._store
    for index, number in enumerate((5, 2)):
        found = part[index]
        assert found['sample_idx'] == index
        assert same({**found, 'sample_idx': number}, expected[number])


def test_other_pipeline_is_not_served_from_it(folder):
    dataset = build(folder, LOADING, cache='ram')
    list(dataset)
    dataset.pipeline = Compose(
        [dict(type='LoadImageFromFile', color_type='grayscale')])
    assert dataset[0]['img'].shape == (20, 32)


def test_test_pipeline_keeps_the_image(folder):
    pipeline = [LOADING[0],
                dict(type='Resize', scale=(16, 16), backend='pillow'),
                dict(type='EvaluateAtInputSize'), LOADING[1],
                dict(type='PackSegInputs')]
    plain = build(folder, pipeline, test_mode=True)
    cached = build(folder, pipeline, test_mode=True, cache='ram')
    for _ in range(2):
        assert epochs_of(cached, count=1) == epochs_of(plain, count=1)
    kept = cached._store.get(0)
    assert kept['img'].shape == (20, 32, 3) and 'gt_seg_map' not in kept


# Memory


def test_limit_bounds_it(folder):
    sample = 23 * 32 * 4
    limit = (2.9 * sample + 1500) / 2**30
    dataset = build(folder, cache='ram', cache_limit=limit)
    assert epochs_of(dataset) == epochs_of(build(folder))
    assert sample < dataset.cache_nbytes <= limit * 2**30
    assert 0 < len(dataset._store) < COUNT


def messages(monkeypatch) -> list[str]:
    found = []
    monkeypatch.setattr(cached_loading, 'print_log',
                        lambda text, **kwargs: found.append(text))
    return found


def test_log_warns_of_samples_that_do_not_fit(folder, monkeypatch):
    found = messages(monkeypatch)
    dataset = build(folder, LOADING, cache='ram', cache_limit=1e-6)
    list(dataset)
    assert found[1:] == [
        'IRSTDDataset: cache_limit=1e-06 holds a part of them; the others '
        'are loaded every time',
        "IRSTDDataset: cache='ram' is full with 0 of 7 samples; the others "
        'are loaded every time'
    ]


@pytest.mark.parametrize('limit', [None, 1])
def test_too_little_memory(folder, monkeypatch, limit):
    monkeypatch.setattr(cached_loading, 'available_memory', lambda: 9000)
    with pytest.raises(InputError, match=(
            r"IRSTDDataset: cache='ram' needs about 1.92e-05 GiB for .* of 7 "
            r'samples, and 8.38e-06 GiB are free for it; leave cache out')):
        build(folder, LOADING, cache='ram', cache_limit=limit)
    assert build(folder, LOADING, cache='ram', cache_limit=1e-6)


def test_memory_of_other_caches_and_processes_counts(folder, monkeypatch):
    needed = COUNT * 23 * 32 * 4
    monkeypatch.setattr(
        cached_loading, 'available_memory', lambda: int(1.5 * needed))
    monkeypatch.setattr(cached_loading, '_stores', type(
        cached_loading._stores)())
    first = build(folder, LOADING, cache='ram')
    with pytest.raises(InputError, match='are free for it'):
        build(folder, LOADING, cache='ram')
    del first
    monkeypatch.setenv('LOCAL_WORLD_SIZE', '2')
    with pytest.raises(InputError, match='are free for it'):
        build(folder, LOADING, cache='ram')


def test_nothing_is_left_behind(folder):

    def resources() -> tuple:
        shared = os.listdir('/dev/shm') if os.path.isdir('/dev/shm') else []
        return sorted(shared), len(os.listdir('/dev/fd'))

    epochs_of(build(folder, LOADING + PACKED[-1:]))
    before = resources()
    dataset = build(folder, cache='ram')
    epochs_of(dataset)
    assert resources()[0] == before[0]
    del dataset
    assert resources() == before


@pytest.mark.parametrize('settings, message', [
    (dict(cache='disk'), "cache: expected None or 'ram', got 'disk'"),
    (dict(cache='ram', cache_limit=0),
     'cache_limit: expected a number of GiB above 0, got 0'),
    (dict(cache='ram', cache_limit='1'),
     "cache_limit: expected a number of GiB above 0, got '1'"),
    (dict(cache_limit=1), "cache_limit: expected cache='ram' with it"),
    (dict(cache='ram', pipeline=RANDOM),
     'IRSTDDataset: cache: expected a pipeline that begins with '
     'LoadImageFromFile, LoadInfraredImage, LoadIRSTDMask'),
])
def test_wrong_settings(folder, settings, message):
    with pytest.raises(InputError) as error:
        build(folder, **settings)
    assert str(error.value) == message


# SharedStore


def value(number: int) -> dict:
    return dict(
        number=number, pixels=np.full((3, 5), number, np.float32), name=None)


def fill(store: SharedStore) -> None:
    for slot in range(store.slots):
        store.put(slot, value(slot))


def test_processes_that_write_at_once():
    store = SharedStore(200, 10**6)
    fork = multiprocessing.get_context('fork')
    workers = [fork.Process(target=fill, args=(store, )) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert all(same(store.get(slot), value(slot)) for slot in range(200))
    alone = SharedStore(200, 10**6)
    fill(alone)
    assert store.nbytes == alone.nbytes


def die_inside(store: SharedStore) -> None:
    with store._locked():
        os.kill(os.getpid(), signal.SIGKILL)


def test_process_that_is_killed_leaves_no_lock():
    store = SharedStore(2, 10**4)
    worker = multiprocessing.get_context('fork').Process(
        target=die_inside, args=(store, ))
    worker.start()
    worker.join()
    assert worker.exitcode == -signal.SIGKILL
    assert store.put(0, value(0)) and store.get(0) is not None


def test_copies_share_and_pickles_do_not():
    store = SharedStore(2, 10**4)
    assert copy.deepcopy(store) is store
    store.put(0, value(0))
    other = pickle.loads(pickle.dumps(store))
    assert (other.slots, other.capacity, len(other)) == (2, 10**4, 0)
    assert other.put(0, value(7)) and store.get(0)['number'] == 0
