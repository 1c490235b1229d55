#!/usr/bin/env python
"""Measure how training steps scale with the number of processes.

    python tools/studies/benchmark_scaling.py CONFIG
        [--processes 1 2 4] [--batch-size N] [--size S] [--steps N] [--sync-bn]

Each process computes on one thread (CPU) or one GPU, on random images that
are there already: what is measured are the network, the optimiser and the
sums of gradients, not the reading of files. The batch is that of a process,
so the ideal time of a step is that of one process. Processes beyond the
number of cores share them, and the efficiency is then that of the cores.
"""
import argparse
import os
import tempfile
import time
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.model import (
    MMDistributedDataParallel,
    convert_sync_batchnorm,
)
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from prettytable import PrettyTable
from torch.nn.modules.batchnorm import _BatchNorm

from projects.dstransnet import cli
from projects.dstransnet.models.layers.portable_sync_bn import (
    use_portable_sync_bn,
)
from projects.dstransnet.utils.errors import InputError

WARM_UP = 2  # steps


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description='Measure scaling')
    parser.add_argument('config')
    parser.add_argument('--processes', type=int, nargs='+', default=[1, 2, 4])
    parser.add_argument('--batch-size', type=int, default=2,
                        help='images of a process')
    parser.add_argument('--size', type=int, default=128,
                        help='height and width in pixels, a multiple of 16')
    parser.add_argument('--steps', type=int, default=5)
    parser.add_argument('--sync-bn', action='store_true')
    args = parser.parse_args()
    for name in ('batch_size', 'size', 'steps'):
        if getattr(args, name) < 1:
            raise InputError(f'--{name.replace("_", "-")} must be at least 1, '
                             f'got {getattr(args, name)}')
    if args.size % 16:
        raise InputError(f'--size: expected a multiple of 16, got {args.size}')
    if min(args.processes) < 1:
        raise InputError('--processes: expected numbers of 1 or more, got '
                         f'{args.processes}')
    return args


def random_batch(number: int, size: int) -> dict:
    """Return images and masks with one target each, as a data loader."""
    samples = []
    for _ in range(number):
        mask = torch.zeros(1, size, size, dtype=torch.long)
        mask[:, :4, :4] = 1
        samples.append(SegDataSample(
            gt_sem_seg=PixelData(data=mask),
            metainfo=dict(img_shape=(size, size), ori_shape=(size, size))))
    images = torch.randint(0, 256, (number, 3, size, size)).byte()
    return dict(inputs=list(images), data_samples=samples)


def train_steps(rank: int, count: int, cfg: Config, args: argparse.Namespace,
                folder: str) -> None:
    """Train as process ``rank`` of ``count``; rank 0 writes seconds a step."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    on_gpu = torch.cuda.is_available()
    torch.distributed.init_process_group(
        'nccl' if on_gpu else 'gloo', init_method=f'file://{folder}/group',
        rank=rank, world_size=count)
    if on_gpu:
        torch.cuda.set_device(rank)
    init_default_scope('mmseg')
    model = MODELS.build(cfg.model).to('cuda' if on_gpu else 'cpu').train()
    if args.sync_bn and not any(
            isinstance(each, _BatchNorm) for each in model.modules()):
        raise InputError(f'--sync-bn: {args.config} has no batch norm')
    if args.sync_bn and on_gpu:
        model = convert_sync_batchnorm(model, 'torch')
    elif args.sync_bn:
        use_portable_sync_bn(model)
    model = MMDistributedDataParallel(
        model, device_ids=[rank] if on_gpu else None,
        broadcast_buffers=False)
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    data = random_batch(args.batch_size, args.size)
    for step in range(WARM_UP + args.steps):
        if step == WARM_UP:
            torch.distributed.barrier()
            start = time.perf_counter()
        model.train_step(data, wrapper)
    if on_gpu:
        torch.cuda.synchronize()
    torch.distributed.barrier()
    if rank == 0:
        seconds = (time.perf_counter() - start) / args.steps
        Path(folder, 'seconds').write_text(repr(seconds))
    torch.distributed.destroy_process_group()


def measure(count: int, cfg: Config, args: argparse.Namespace) -> float:
    """Return the seconds of a step of ``count`` processes."""
    with tempfile.TemporaryDirectory() as folder:
        torch.multiprocessing.start_processes(
            train_steps, (count, cfg, args, folder), nprocs=count,
            start_method='spawn')
        return float(Path(folder, 'seconds').read_text())


def main() -> None:
    with cli.one_line_errors():
        args = parse_args()
        cfg = cli.read_config(args.config)
        cfg.model.data_preprocessor.size = (args.size, args.size)
        cores = torch.cuda.device_count() or len(os.sched_getaffinity(0))
        if torch.cuda.is_available() and max(args.processes) > cores:
            raise InputError(f'--processes: {cores} GPUs are here, got '
                             f'{max(args.processes)}')
        table = PrettyTable(['processes', 's / step', 'images / s',
                             f'efficiency over {args.processes[0]}'],
                            align='r')
        alone = None
        for count in args.processes:
            seconds = measure(count, cfg, args)
            rate = count * args.batch_size / seconds
            alone = alone or rate / min(count, cores)
            table.add_row([count, f'{seconds:.3f}', f'{rate:.2f}',
                           f'{rate / alone / min(count, cores):.2f}'])
        print(f'{cores} {"GPUs" if torch.cuda.is_available() else "cores"}, '
              f'{args.batch_size} images of {args.size} x {args.size} a '
              f'process, {args.steps} steps')
        print(table)


if __name__ == '__main__':
    main()
