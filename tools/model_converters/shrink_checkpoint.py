#!/usr/bin/env python
"""Keep in a small file what a training run needs to continue.

    python tools/model_converters/shrink_checkpoint.py SRC.pth DST.pth

Weights become float16, except for tensors with values beyond its range, and
the optimizer forgets its moments: a sixth of the size for Adam, a quarter with
a running mean of the weights beside them. Epoch,
schedules and random states stay, so that ``tools/train.py --resume`` continues
from DST in place of SRC. The moments build up again within the next epochs.
"""
import argparse
from pathlib import Path

from torch import Tensor

from projects.dstransnet import cli
from projects.dstransnet.checkpoint.reading import (
    check_destination,
    check_tensors,
    is_finite,
    read_checkpoint,
    write_checkpoint,
)
from projects.dstransnet.utils.errors import InputError


def halve(tensor: Tensor) -> Tensor:
    """Return a tensor as float16, or as it is if that does not fit."""
    if not tensor.is_floating_point():
        return tensor
    half = tensor.half()
    return half if is_finite(half) else tensor


def shrink(checkpoint: dict) -> dict:
    """Return a checkpoint with small weights and a new optimizer state."""
    weights = {
        key: {name: halve(tensor) for name, tensor in checkpoint[key].items()}
        # Beside a running mean of the weights stand the trained ones.
        for key in ('state_dict', 'ema_state_dict') if key in checkpoint}
    optimizer = {**checkpoint['optimizer'], 'state': {}}
    return {**checkpoint, **weights, 'optimizer': optimizer}


def main() -> None:
    parser = argparse.ArgumentParser(description='Shrink a checkpoint')
    parser.add_argument('src', help='checkpoint of a training run')
    parser.add_argument('dst', type=Path, help='file to write')
    cli.add_trust_argument(parser)
    args = parser.parse_args()
    with cli.one_line_errors(), cli.trusting(args.trust_checkpoint):
        check_destination(args.src, args.dst, '.pth')
        checkpoint = read_checkpoint(args.src, 'cpu')
        optimizer = checkpoint.get('optimizer')
        if not isinstance(optimizer, dict) or 'state' not in optimizer:
            raise InputError(f'{args.src}: expected a checkpoint of a '
                             'training run, got one without an optimizer')
        if 'state_dict' not in checkpoint:
            raise InputError(f'{args.src}: no state_dict in this checkpoint')
        check_tensors(checkpoint['state_dict'], args.src)
        write_checkpoint(args.dst, shrink(checkpoint))
        print(f'{args.dst}: {args.dst.stat().st_size:,} bytes')


if __name__ == '__main__':
    main()
