#!/usr/bin/env python
"""Measure the layers of a light network in both memory formats, on the CPU.

    python tools/studies/benchmark_layers.py [--batch N] [--rounds N]
        [--maps CHANNELS:SIDE ...] [--threads N]

Layers are a batch norm in training, a 3 x 3 convolution, and a depth-wise
5 x 5 one, by PyTorch and as here. All take turns. A row shows medians of
forward / backward, the backward pass with the gradients of input and weights.
"""
import argparse
from collections.abc import Callable
from functools import partial

import torch
from prettytable import PrettyTable
from torch import Tensor, nn

from projects.dstransnet import cli
from projects.dstransnet.engine.provenance import device_name
from projects.dstransnet.models.layers import DepthwiseConv2d
from projects.dstransnet.profiling import Spread, time_in_turns
from projects.dstransnet.utils.errors import InputError

FORMATS = {
    'NCHW': torch.contiguous_format,
    'channels-last': torch.channels_last,
}
LAYERS: dict[str, Callable[[int], nn.Module]] = {
    'batch norm': nn.BatchNorm2d,
    '3 x 3': lambda c: nn.Conv2d(c, c, 3, padding=1, bias=False),
    'depth-wise 5 x 5, PyTorch': lambda c: nn.Conv2d(
        c, c, 5, padding=2, groups=c, bias=False),
    'depth-wise 5 x 5, here': lambda c: DepthwiseConv2d(c, 5),
}
PRODUCT = ('product', '', '')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description='Measure the layers of a light network')
    parser.add_argument('--batch', type=int, default=4)
    parser.add_argument(
        '--maps', nargs='+', metavar='CHANNELS:SIDE',
        default=['8:256', '16:256', '32:256', '64:128'],
        help='of square maps; default: 8:256 16:256 32:256 64:128')
    parser.add_argument(
        '--rounds', type=int, default=9,
        help='measurements of each; the median is printed')
    parser.add_argument(
        '--threads', type=int, help="default: PyTorch's choice")
    return parser.parse_args()


def read_maps(text: str) -> tuple[int, int]:
    """Return channels and side."""
    channels, _, side = text.partition(':')
    if not (channels.isdigit() and side.isdigit()
            and int(channels) and int(side)):
        raise InputError(f'--maps: expected CHANNELS:SIDE, got {text!r}')
    return int(channels), int(side)


def passes(layer: nn.Module,
           x: Tensor) -> dict[str, Callable[[], object]]:
    """Return forward and backward pass of a layer on a batch of maps."""
    given = [x, *layer.parameters()]
    out = layer(x)
    grad = torch.randn_like(out)
    return dict(
        forward=lambda: layer(x),
        backward=lambda: torch.autograd.grad(
            out, given, grad, retain_graph=True))


def measure(batch: int, maps: list[tuple[int, int]],
            rounds: int) -> dict[tuple, float]:
    """Return the median milliseconds of every pass."""
    torch.manual_seed(0)
    square = torch.rand(2048, 2048)
    todo: dict[tuple, Callable[[], object]] = {
        PRODUCT: partial(torch.mm, square, square)}
    for channels, side in maps:
        for layer_name, build in LAYERS.items():
            for name, memory_format in FORMATS.items():
                x = torch.randn(batch, channels, side, side).contiguous(
                    memory_format=memory_format).requires_grad_()
                layer = build(channels).to(memory_format=memory_format)
                todo |= {
                    (layer_name, name, channels, side, part): action
                    for part, action in passes(layer, x).items()}
    for action in todo.values():
        action()
    times = time_in_turns(todo, torch.device('cpu'), rounds)
    return {key: 1e3 * Spread.of(each).median for key, each in times.items()}


def main() -> None:
    args = parse_args()
    with cli.one_line_errors():
        for name in ('batch', 'rounds', 'threads'):
            value = getattr(args, name)
            if value is not None and value < 1:
                raise InputError(f'--{name}: expected 1 or more, got {value}')
        if args.threads:
            torch.set_num_threads(args.threads)
        maps = [read_maps(each) for each in args.maps]
        took = measure(args.batch, maps, args.rounds)
        table = PrettyTable(
            ['forward / backward, ms', 'format',
             *(f'{args.batch} x {c} x {side} x {side}' for c, side in maps)],
            align='l')
        for layer in LAYERS:
            for name in FORMATS:
                table.add_row([layer, name, *(
                    ' / '.join(f'{took[layer, name, c, side, part]:.1f}'
                               for part in ('forward', 'backward'))
                    for c, side in maps)])
        print(table)
        print(f'{device_name(torch.device("cpu"))}, '
              f'{torch.get_num_threads()} threads, product of two '
              f'2048 x 2048 matrices {took[PRODUCT]:.0f} ms')


if __name__ == '__main__':
    main()
