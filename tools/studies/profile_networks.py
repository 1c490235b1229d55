#!/usr/bin/env python
"""Measure the cost of many models in one process, one after the other.

    python tools/studies/profile_networks.py CONFIG [CONFIG ...]
        [--sizes 256 512] [--deploy-sizes 256] [--threads 1] [--repeats 5]

Prints a row of Markdown as soon as it is measured: parameters, MACs and
latency at each of --sizes, and latency of the deployed form at each of
--deploy-sizes. Latency is the median of --repeats inferences on one image,
from normalised image to logits; classical detectors get a generated scene.
The last line has the median time of a 2048 x 2048 float32 product, which is
measured before every model. tools/benchmark_models.py measures peak memory
too, in a process for each model.
"""
import argparse
import statistics
import sys
import time

import torch

from projects.dstransnet import cli
from projects.dstransnet.deployment import choose_runtime
from projects.dstransnet.profiling import Case
from projects.dstransnet.profiling.instruments import (
    matrix_product,
    time_in_turns,
)
from projects.dstransnet.profiling.macs import macs_by_size
from projects.dstransnet.profiling.timed_steps import (
    Step,
    build_step,
    parameter_count,
)
from projects.dstransnet.utils.errors import first_line

CPU = torch.device('cpu')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description='Measure costs of models')
    parser.add_argument('configs', nargs='+', metavar='CONFIG')
    parser.add_argument('--sizes', type=int, nargs='+', default=[256],
                        help='sides of square images; default: 256')
    parser.add_argument('--deploy-sizes', type=int, nargs='*', default=[],
                        help='sides for the deployed form; default: none')
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--repeats', type=int, default=5)
    parser.add_argument('--max-seconds', type=float, default=10,
                        help='a case whose first inference, not counted, '
                        'takes longer is timed once; default: 10')
    return parser.parse_args()


def step_of(config: str, size: int, deployed: bool) -> tuple[Step, int]:
    """Return the inference of a case and the number of parameters."""
    runtime = choose_runtime('auto', 'cpu', torch.float32) if deployed \
        else 'auto'
    case = Case(config, size, size, deployed=deployed, runtime=runtime)
    step, model = build_step(case)
    return step, parameter_count(model)


def latency(step: Step, args: argparse.Namespace) -> float:
    """Return the median time of an inference in milliseconds."""
    start = time.perf_counter()
    step()
    first = time.perf_counter() - start
    times = time_in_turns(
        dict(step=step), CPU, 1 if first > args.max_seconds else args.repeats)
    return 1e3 * statistics.median(times['step'])


def row(config: str, args: argparse.Namespace) -> list[str]:
    """Return the cells of a model."""
    cfg = cli.read_config(config)
    classical = cfg.model.type == 'ClassicalDetector'
    macs = {} if classical else macs_by_size(
        cfg, [(size, size) for size in args.sizes])
    cells = []
    for size in args.sizes:
        step, parameters = step_of(config, size, deployed=False)
        found = macs.get((size, size))
        cells += ['' if found is None else f'{found / 1e9:.2f}',
                  f'{latency(step, args):.1f}']
    for size in args.deploy_sizes:
        if classical:
            cells.append('')
            continue
        step, _ = step_of(config, size, deployed=True)
        cells.append(f'{latency(step, args):.1f}')
    return [f'{parameters / 1e6:.3f}', *cells]


def main() -> int:
    args = parse_args()
    torch.set_num_threads(args.threads)
    product = matrix_product(CPU)
    products: list[float] = []
    failed = 0
    product()
    heads = ['config', 'parameters 1e6']
    for size in args.sizes:
        heads += [f'MACs 1e9 at {size}', f'ms at {size}']
    heads += [f'ms at {size}, deployed' for size in args.deploy_sizes]
    print(f'| {" | ".join(heads)} |\n{"|---" * len(heads)}|', flush=True)
    for config in args.configs:
        products += time_in_turns(dict(product=product), CPU, 3)['product']
        name = config.rpartition('/')[2].removesuffix('.py')
        try:
            print(f'| {" | ".join([name, *row(config, args)])} |', flush=True)
        except Exception as error:  # of any kind: the other models go on
            failed += 1
            print(f'error: {name}: {first_line(error)}', file=sys.stderr)
    print(f'\nProduct: {1e3 * statistics.median(products):.0f} ms '
          f'({1e3 * min(products):.0f} to {1e3 * max(products):.0f}); '
          f'{args.threads} threads.')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
