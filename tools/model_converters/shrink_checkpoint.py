#!/usr/bin/env python
"""Keep in a small file what a training run needs to continue.

    python tools/model_converters/shrink_checkpoint.py SRC.pth DST.pth

Weights become float16, and the optimizer forgets its moments: a sixth of the
size for Adam. Epoch, schedules, random states and best scores stay, so that
``tools/train.py --resume`` continues from DST in place of SRC. The moments
build up again within the next epochs.
"""
import argparse
from pathlib import Path

from projects.dstransnet import cli
from projects.dstransnet.checkpoint.reading import (
    read_checkpoint,
    write_checkpoint,
)
from projects.dstransnet.utils.errors import InputError


def shrink(checkpoint: dict) -> dict:
    """Return a checkpoint with small weights and a new optimizer state."""
    weights = {
        name: tensor.half() if tensor.is_floating_point() else tensor
        for name, tensor in checkpoint['state_dict'].items()
    }
    optimizer = {**checkpoint['optimizer'], 'state': {}}
    return {**checkpoint, 'state_dict': weights, 'optimizer': optimizer}


def main() -> None:
    parser = argparse.ArgumentParser(description='Shrink a checkpoint')
    parser.add_argument('src', help='checkpoint of a training run')
    parser.add_argument('dst', type=Path, help='file to write')
    cli.add_trust_argument(parser)
    args = parser.parse_args()
    with cli.one_line_errors(), cli.trusting(args.trust_checkpoint):
        if not args.dst.resolve().parent.is_dir():
            raise InputError(f'dst: no folder {args.dst.parent}')
        checkpoint = read_checkpoint(args.src, 'cpu')
        if 'state' not in checkpoint.get('optimizer', {}):
            raise InputError(f'{args.src}: expected a checkpoint of a '
                             'training run, got one without an optimizer')
        write_checkpoint(args.dst, shrink(checkpoint))
        print(f'{args.dst}: {args.dst.stat().st_size:,} bytes')


if __name__ == '__main__':
    main()
