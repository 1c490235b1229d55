#!/usr/bin/env python
"""Measure the time of an evaluation per image, on one core.

    python tools/studies/benchmark_metric.py [--sizes N ...]
        [--thresholds N ...] [--components N ...] [--repeats N]

Score maps are made here: Gaussian spots of several heights over a noise floor
of 0 .. 0.08, under a few targets. One quantity varies at a time. 'plain'
labels the whole map at every threshold. The last row is the worst case: noise
over the whole range, components everywhere at every threshold.
"""
import argparse
import time
import tracemalloc
from collections.abc import Callable

import cv2
import numpy as np
import torch
from prettytable import PrettyTable

from projects.dstransnet.evaluation import (
    count_detections,
    sweep_detections,
)

SIZE, THRESHOLDS, COMPONENTS = 256, 101, 10


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description='Measure the cost of an evaluation')
    parser.add_argument('--sizes', type=int, nargs='+',
                        default=[128, 256, 512, 1024])
    parser.add_argument('--thresholds', type=int, nargs='+',
                        default=[2, 11, 101, 1001])
    parser.add_argument('--components', type=int, nargs='+',
                        default=[1, 10, 100, 1000])
    parser.add_argument('--repeats', type=int, default=5,
                        help='measurements of each; the median is printed')
    return parser.parse_args()


def make_scene(size: int, components: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a score map and a mask with a target under every third spot."""
    rng = np.random.default_rng(0)
    scores = rng.uniform(0, 0.08, (size, size))
    mask = np.zeros((size, size), bool)
    offsets = np.arange(-6, 7)
    spot = np.hypot(*np.meshgrid(offsets, offsets))
    for number in range(components):
        row, column = rng.integers(6, size - 6, 2)
        window = np.s_[row - 6:row + 7, column - 6:column + 7]
        height, width = rng.uniform(0.2, 1), rng.uniform(0.8, 2.5)
        scores[window] = np.maximum(
            scores[window], height * np.exp(-(spot / width)**2 / 2))
        if number % 3 == 0:
            mask[window] |= spot <= 2
    return scores.astype(np.float32), mask


def plain(scores: np.ndarray, mask: np.ndarray,
          thresholds: np.ndarray) -> None:
    for threshold in thresholds.astype(np.float32):
        count_detections(scores > threshold, mask)


def median_ms(function: Callable, repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return 1e3 * float(np.median(times))


def peak_mb(function: Callable) -> float:
    """Return the most memory held at once by NumPy's arrays, MB."""
    tracemalloc.start()
    function()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def main() -> None:
    args = parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    cases = dict.fromkeys(
        [(size, THRESHOLDS, COMPONENTS) for size in args.sizes]
        + [(SIZE, number, COMPONENTS) for number in args.thresholds]
        + [(SIZE, THRESHOLDS, number) for number in args.components])
    table = PrettyTable(['size', 'thresholds', 'components', 'ms / image',
                         'plain, ms', 'memory, MB'], align='r')

    def measure(scores: np.ndarray, mask: np.ndarray, count: int,
                label: object) -> None:
        thresholds = np.linspace(0, 1, count)

        def swept() -> None:
            sweep_detections(scores, mask, thresholds)

        swept()
        naive = median_ms(lambda: plain(scores, mask, thresholds), 1)
        table.add_row([len(scores), count, label,
                       f'{median_ms(swept, args.repeats):.1f}',
                       f'{naive:.0f}', f'{peak_mb(swept):.1f}'])

    for size, count, components in cases:
        measure(*make_scene(size, components), count, components)
    _, mask = make_scene(SIZE, COMPONENTS)
    noise = np.random.default_rng(0).random((SIZE, SIZE), np.float32)
    measure(noise, mask, THRESHOLDS, 'noise')

    matrix = torch.rand(2048, 2048)
    product = median_ms(lambda: matrix @ matrix, 5)
    print(table)
    print(f'One core. The 2048 x 2048 float32 matrix product takes '
          f'{product:.0f} ms on it.')


if __name__ == '__main__':
    main()
