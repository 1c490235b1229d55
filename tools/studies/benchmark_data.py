#!/usr/bin/env python
"""Measure the loading time of training samples, by step.

    python tools/studies/benchmark_data.py CONFIG [--cache ram]
        [--number N] [--workers 0 2 ...]

Beside the pipeline stands what Pillow alone takes to read the same files and
to resize them to the size of the samples. Rates are the best of several
rounds, which take turns, each on one core. A product of two matrices, timed
in between, tells how fast the machine was meanwhile.
"""
import argparse
import copy
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS
from PIL import Image
from prettytable import PrettyTable
from torch.utils.data import DataLoader, Subset

from projects.dstransnet import cli
from projects.dstransnet.datasets.keyed_random import KeyedSampler
from projects.dstransnet.utils.config import leaf_datasets
from projects.dstransnet.utils.errors import InputError

ROOT = Path(__file__).resolve().parents[2]

REST = 'dataset (index, random state, cache)'


class Timed:
    """A step of a pipeline that counts the seconds it takes."""

    def __init__(self, step: Callable, seconds: Counter) -> None:
        self.step, self.seconds = step, seconds

    def __call__(self, results: dict) -> dict | None:
        start = time.perf_counter()
        results = self.step(results)
        self.seconds[type(self.step).__name__] += time.perf_counter() - start
        return results


def set_cache(settings: dict, cache: str | None) -> None:
    """Set ``cache`` in the config of a dataset and of those inside it."""
    inside = [*settings.get('datasets', []), settings.get('dataset')]
    inside = [child for child in inside if child is not None]
    for child in inside:
        set_cache(child, cache)
    if not inside:
        settings['cache'] = cache


def build(cfg: Config, cache: str | None):
    """Build the training dataset, and give it a random key."""
    settings = copy.deepcopy(cfg.train_dataloader.dataset)
    set_cache(settings, cache)
    dataset = DATASETS.build(settings)
    KeyedSampler(dataset, seed=0)  # sets the key
    return dataset


def plain(info: dict, mode: str, size: tuple[int, int]) -> None:
    """Read an image and its mask, and resize both, by Pillow."""
    for path, read, filter_ in (
        (info['img_path'], mode, Image.Resampling.BILINEAR),
        (info['seg_map_path'], None, Image.Resampling.NEAREST)):
        with Image.open(path) as image:
            np.asarray((image.convert(read) if read else image).resize(
                size, filter_))


def elapsed(action: Callable[[int], object], indices: list[int]) -> float:
    """Return the seconds that an action takes on all of some indices."""
    start = time.perf_counter()
    for index in indices:
        action(index)
    return time.perf_counter() - start


def matrix_product() -> float:
    """Return the seconds of a product of 2048 x 2048 in float32."""
    matrix = torch.rand(2048, 2048)
    return elapsed(lambda _: matrix @ matrix, [0])


def shares(dataset, indices: list[int]) -> dict[str, float]:
    """Return the seconds of each step, and of all that is none."""
    seconds: Counter = Counter()
    kept = [(leaf.pipeline, leaf.pipeline.transforms)
            for leaf in leaf_datasets(dataset)]
    for leaf in leaf_datasets(dataset):
        # What a cache replaces has to stay what it is.
        known = len(leaf.cached_steps)
        steps = leaf.pipeline.transforms
        leaf.pipeline.transforms = steps[:known] + [
            Timed(step, seconds) for step in steps[known:]]
    total = elapsed(dataset.__getitem__, indices)
    for pipeline, steps in kept:
        pipeline.transforms = steps
    return {**seconds, REST: total - sum(seconds.values())}


def loader_rate(dataset, indices: list[int], workers: int, batch: int,
                rounds: int) -> float:
    """Return images per second out of a data loader."""
    part = Subset(dataset, indices)
    loader = DataLoader(
        part,
        batch_size=batch,
        sampler=KeyedSampler(part, seed=0),
        num_workers=workers,
        persistent_workers=workers > 0,
        collate_fn=pseudo_collate)
    # The first round starts the workers.
    return len(indices) / min([
        elapsed(lambda _: Counter(map(len, loader)), [0])
        for _ in range(rounds + 1)
    ][1:])


def table(names: list[str], rows: list[list]) -> PrettyTable:
    result = PrettyTable(names, align='r')
    result.align[names[0]] = 'l'
    result.add_rows(rows)
    return result


def measure(cfg: Config, args: argparse.Namespace) -> None:
    """Measure, and print the tables."""
    cache = None if args.cache == 'none' else args.cache
    dataset = build(cfg, cache)
    number = args.number or len(dataset)
    indices = [index % len(dataset) for index in range(number)]
    first = dataset[0]['inputs']
    size, mode = first.shape[:0:-1], 'RGB' if len(first) == 3 else 'L'
    infos = {index: dataset.get_data_info(index) for index in indices}
    local = all('://' not in info['img_path'] for info in infos.values())
    for index in dict.fromkeys(indices):  # fills caches, the system's too
        dataset[index]

    matrix, best, parts = [], {}, []
    for _ in range(args.rounds):
        matrix.append(matrix_product())
        actions = {'training pipeline': dataset.__getitem__}
        if local:
            actions['Pillow: read and resize'] = (
                lambda index: plain(infos[index], mode, size))
        for name, action in actions.items():
            best[name] = min(best.get(name, float('inf')),
                             elapsed(action, indices))
        parts.append(shares(dataset, indices))

    width, height = size
    print(f'{args.config}: {number} samples of {height} x {width} pixels '
          f'from {len(infos)} files, cache={args.cache}')
    print(table(['one process, one core', 'images/s', 'ms/image'],
                [[name, f'{number / seconds:.0f}',
                  f'{1000 * seconds / number:.2f}']
                 for name, seconds in best.items()]))
    part = min(parts, key=lambda part: sum(part.values()))
    total = sum(part.values())
    print(table(['step', 'ms/image', 'share'],
                [[name, f'{1000 * seconds / number:.2f}',
                  f'{seconds / total:.0%}']
                 for name, seconds in part.items()]))
    rows = []
    for workers in args.workers:
        rate = loader_rate(dataset, indices, workers,
                           cfg.train_dataloader.batch_size, args.rounds)
        rows.append(
            [workers, f'{rate:.0f}', f'{rate / max(workers, 1):.0f}'])
    print(table(['data loader: workers', 'images/s', 'per worker'], rows))
    used = sum(leaf.cache_nbytes for leaf in leaf_datasets(dataset))
    print(f'memory of the cache: {used / 2**20:.1f} MiB, '
          f'{used / len(dataset) / 2**10:.0f} KiB a sample')
    print('matrix product 2048 x 2048 float32: '
          f'{min(matrix):.3f}-{max(matrix):.3f} s')


def main() -> None:
    parser = argparse.ArgumentParser(
        description='Measure the speed of the training data')
    parser.add_argument('config', help='config file')
    parser.add_argument(
        '--number', type=int, help='samples a round; default: all, once')
    parser.add_argument(
        '--cache',
        choices=['none', 'ram'],
        default='none',
        help='whether decoded images and masks are kept; default: none')
    parser.add_argument(
        '--workers',
        type=int,
        nargs='+',
        default=[0],
        help='workers of the data loaders to measure; default: 0')
    parser.add_argument(
        '--rounds', type=int, default=3, help='default: 3')
    cli.add_settings_argument(parser)
    # As cli.load_config knows them from train.py.
    parser.set_defaults(launcher='none', local_rank=0, work_dir=None)
    args = parser.parse_args()
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
    with cli.one_line_errors():
        for name, least in (('number', 1), ('rounds', 1)):
            value = getattr(args, name)
            if value is not None and value < least:
                raise InputError(f'{name}: expected {least} or more, got '
                                 f'{value}')
        cfg = cli.load_config(args)
        init_default_scope(cfg.get('default_scope', 'mmseg'))
        measure(cfg, args)


if __name__ == '__main__':
    main()
