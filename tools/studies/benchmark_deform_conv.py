#!/usr/bin/env python
"""Measure the implementations of deformable convolution side by side.

    python tools/studies/benchmark_deform_conv.py [--device cuda]
        [--impls NAME ...] [--batch N ...] [--sizes N ...] [--blocks N ...]
        [--dtype {float32,float16,bfloat16}] [--tf32] [--json FILE]

The shapes are those of the network's five blocks on square images, the
offsets random with a standard deviation of 2 pixels. Implementations take
turns. A half-precision input is cast to float32, and the output back, for
those that need it. One that runs out of a GPU's memory is left out there.

The tool counts the bytes that any implementation has to move (arguments,
output and gradients, each once) and the operations of the matrix product (2
per multiply-add, three products with the backward pass). The limits are the
bandwidth of a large copy and the rate of a large matrix product in the same
run; 'of the limit' is the least time that these limits allow over the time
taken. Memory is the peak above the memory held before.
"""
import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from prettytable import PrettyTable

from projects.dstransnet import cli
from projects.dstransnet.engine.provenance import device_name, versions
from projects.dstransnet.models.layers import (
    DEFORM_CONV_IMPLS,
    deform_conv2d,
    deform_conv_available,
)
from projects.dstransnet.models.layers.deform_conv.module import (
    HALF_PRECISION_IMPLS,
)
from projects.dstransnet.profiling import (
    Spread,
    peak_above,
    time_in_turns,
)
from projects.dstransnet.utils.dtypes import DTYPES
from projects.dstransnet.utils.errors import InputError

CHANNELS = (3, 32, 64, 128, 256, 256)
"""Of the image, and out of each block; a block halves the sides."""

KERNEL = 5
FORWARD, BOTH = 'forward', 'forward + backward'


@dataclass(frozen=True)
class Shape:
    """A block's deformable convolution on a batch of square maps."""

    block: int
    batch: int
    side: int

    @property
    def channels(self) -> tuple[int, int]:
        return CHANNELS[self.block - 1], CHANNELS[self.block]

    def work(self, phase: str, dtype: torch.dtype) -> tuple[int, int]:
        """Return the least bytes and the operations of a pass."""
        c_in, c_out = self.channels
        pixels = self.batch * self.side**2
        x, out = (pixels * c * dtype.itemsize for c in self.channels)
        arguments = x + 3 * KERNEL**2 * pixels * 4  # offset, mask: float32
        arguments += KERNEL**2 * c_in * c_out * dtype.itemsize
        operations = 2 * KERNEL**2 * c_in * c_out * pixels
        if phase == FORWARD:
            return arguments + out, operations
        # Backward: arguments and the output's gradient in, gradients out.
        return 3 * arguments + 2 * out, 3 * operations


@dataclass(frozen=True)
class Row:
    """Measurement of one implementation in one pass."""

    block: int
    batch: int
    side: int
    phase: str
    impl: str
    milliseconds: float
    gb_a_second: float
    gflop_a_second: float
    of_the_limit: float
    peak_bytes: int


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description='Measure the implementations of deformable convolution')
    parser.add_argument(
        '--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    parser.add_argument(
        '--impls', nargs='+', choices=list(DEFORM_CONV_IMPLS),
        help='default: all that can run')
    parser.add_argument(
        '--batch', type=int, nargs='+', default=[1, 8], metavar='N')
    parser.add_argument(
        '--sizes', type=int, nargs='+', default=[256, 512], metavar='N',
        help='sides of the images, multiples of 16; default: 256 512')
    parser.add_argument(
        '--blocks', type=int, nargs='+', choices=range(1, len(CHANNELS)),
        default=list(range(1, len(CHANNELS))), metavar='N',
        help='blocks of the network, 1 to 5; default: all')
    parser.add_argument('--dtype', choices=list(DTYPES), default='float32')
    parser.add_argument(
        '--tf32', action='store_true',
        help='let products of float32 use TF32 on CUDA')
    parser.add_argument(
        '--rounds', type=int, default=5,
        help='measurements of each; the median is printed')
    parser.add_argument(
        '--calls', type=int,
        help='calls a measurement; default: 10 on CUDA, 1 elsewhere')
    parser.add_argument('--json', metavar='FILE', help='write everything to')
    return parser.parse_args()


def check(args: argparse.Namespace) -> torch.device:
    """Check the arguments and return the device."""
    for name in ('batch', 'sizes', 'rounds', 'calls'):
        values = getattr(args, name)
        for value in values if isinstance(values, list) else [values]:
            if value is not None and value < 1:
                raise InputError(f'--{name}: expected 1 or more, got {value}')
    for size in args.sizes:
        if size % 16:
            raise InputError(
                f'--sizes: expected multiples of 16, got {size}')
    for impl in args.impls or []:
        if not deform_conv_available(impl):
            raise InputError(f'--impls: {impl} cannot run here')
    if args.json and not Path(args.json).absolute().parent.is_dir():
        raise InputError(f'--json: expected a file in a folder that is there, '
                         f'got {args.json}')
    device = cli.check_device(args.device, ('cpu', 'cuda'))
    if args.tf32 and device.type != 'cuda':
        raise InputError(f'--tf32: expected --device cuda, got {device}')
    return device


def arguments(shape: Shape, dtype: torch.dtype,
              device: torch.device) -> dict[str, torch.Tensor]:
    """Return random arguments; positions are float32."""
    generator = torch.Generator(device).manual_seed(0)

    def draw(*size: int) -> torch.Tensor:
        return torch.randn(size, generator=generator, device=device)

    (c_in, c_out), points = shape.channels, KERNEL**2
    n, side = shape.batch, shape.side
    drawn = dict(
        x=draw(n, c_in, side, side).to(dtype),
        offset=2 * draw(n, 2 * points, side, side),
        mask=draw(n, points, side, side).sigmoid(),
        weight=(draw(c_out, c_in, KERNEL, KERNEL) /
                (points * c_in)**0.5).to(dtype),
        bias=draw(c_out))
    return {name: value.requires_grad_() for name, value in drawn.items()}


def actions(impl: str, given: dict[str, torch.Tensor],
            grad: torch.Tensor) -> dict[str, Callable[[], object]]:
    """Return the actions to time of an implementation, by pass."""
    dtype = given['x'].dtype
    kept = dtype if impl in HALF_PRECISION_IMPLS else torch.float32

    def run() -> torch.Tensor:
        cast = {name: given[name].to(kept) for name in ('x', 'weight')}
        return deform_conv2d(
            **{**given, **cast}, padding=KERNEL // 2, impl=impl).to(dtype)

    def forward() -> None:
        with torch.no_grad():
            run()

    def both() -> None:
        torch.autograd.grad(run(), list(given.values()), grad)

    return {FORWARD: forward, BOTH: both}


def repeated(action: Callable[[], object],
             calls: int) -> Callable[[], object]:
    """Return an action that calls another one several times."""

    def repeat() -> None:
        for _ in range(calls):
            action()

    return repeat


def fits(action: Callable[[], object]) -> bool:
    """Run an action, and tell whether a GPU's memory sufficed."""
    try:
        action()
    except torch.OutOfMemoryError:
        return False
    return True


def median_seconds(todo: dict, device: torch.device, rounds: int,
                   calls: int) -> dict:
    """Return the median seconds of a call of each action, warmed up before.
    """
    times = time_in_turns(
        {key: repeated(action, calls) for key, action in todo.items()},
        device, rounds)
    return {key: Spread.of(seconds).median / calls
            for key, seconds in times.items()}


def measure_limits(dtype: torch.dtype, device: torch.device, rounds: int,
                   calls: int) -> dict[str, float]:
    """Return bytes a second of a copy, operations a second of a product."""
    large = device.type == 'cuda'
    source = torch.empty(2**30 if large else 2**27, device=device,
                         dtype=torch.uint8).fill_(1)
    target = torch.empty_like(source)
    side = 8192 if large else 1024
    left, right = (torch.rand(side, side, device=device).to(dtype)
                   for _ in range(2))
    todo = dict(copy=lambda: target.copy_(source),
                product=lambda: left @ right)
    for action in todo.values():
        action()
    seconds = median_seconds(todo, device, rounds, calls)
    return dict(bytes_a_second=2 * len(source) / seconds['copy'],
                operations_a_second=2 * side**3 / seconds['product'])


def measure(shape: Shape, impls: list[str], dtype: torch.dtype,
            device: torch.device, limits: dict[str, float], rounds: int,
            calls: int) -> list[Row]:
    """Measure all implementations on one shape."""
    given = arguments(shape, dtype, device)
    grad = torch.ones(shape.batch, shape.channels[1], shape.side, shape.side,
                      dtype=dtype, device=device)
    todo = {}
    for impl in impls:
        phases = actions(impl, given, grad)
        if all(fits(action) for action in phases.values()):
            todo |= {(phase, impl): action
                     for phase, action in phases.items()}
        else:
            print(f'{impl}: out of memory, {shape}', file=sys.stderr)
    seconds = median_seconds(todo, device, rounds, calls)
    rows = []
    for phase in (FORWARD, BOTH):
        size, operations = shape.work(phase, dtype)
        least = max(size / limits['bytes_a_second'],
                    operations / limits['operations_a_second'])
        for (measured, impl), took in seconds.items():
            if measured == phase:
                rows.append(Row(
                    shape.block, shape.batch, shape.side, phase, impl,
                    took * 1e3, size / took / 1e9, operations / took / 1e9,
                    least / took, peak_above(todo[phase, impl], device).size))
    return rows


def table(rows: list[Row]) -> PrettyTable:
    result = PrettyTable(
        ['block', 'channels', 'maps', 'pass', 'implementation', 'ms', 'GB/s',
         'GFLOP/s', 'of the limit', 'peak, MiB'], align='r')
    for name in ('pass', 'implementation'):
        result.align[name] = 'l'
    for row in rows:
        c_in, c_out = Shape(row.block, row.batch, row.side).channels
        result.add_row([
            row.block, f'{c_in} - {c_out}',
            f'{row.batch} x {row.side} x {row.side}', row.phase, row.impl,
            f'{row.milliseconds:.3f}', f'{row.gb_a_second:.1f}',
            f'{row.gflop_a_second:.0f}', f'{row.of_the_limit:.1%}',
            f'{row.peak_bytes / 2**20:.0f}'])
    return result


def main() -> None:
    args = parse_args()
    with cli.one_line_errors():
        device = check(args)
        torch.backends.cuda.matmul.allow_tf32 = args.tf32
        dtype = DTYPES[args.dtype]
        impls = args.impls or [
            name for name in DEFORM_CONV_IMPLS if deform_conv_available(name)]
        calls = args.calls or (10 if device.type == 'cuda' else 1)
        repeats = dict(rounds=args.rounds, calls=calls)
        limits = measure_limits(dtype, device, **repeats)
        rows = [
            row for size in args.sizes for batch in args.batch
            for block in args.blocks
            for row in measure(
                Shape(block, batch, size >> (block - 1)), impls, dtype, device,
                limits, **repeats)]
        print(f'{device_name(device)}, {args.dtype}, '
              f'{torch.get_num_threads()} threads on the CPU')
        print(table(rows))
        print(f"limits: {limits['bytes_a_second'] / 1e9:.1f} GB/s, "
              f"{limits['operations_a_second'] / 1e9:.0f} GFLOP/s"
              + (' (TF32)' if args.tf32 else ''))
        if args.json:
            Path(args.json).write_text(json.dumps(dict(
                device=device_name(device), dtype=args.dtype, tf32=args.tf32,
                versions=versions(), limits=limits,
                rows=[asdict(row) for row in rows]), indent=1) + '\n')


if __name__ == '__main__':
    main()
