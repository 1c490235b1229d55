#!/usr/bin/env python
"""Convert a checkpoint of the authors' release to this project's names.

    python tools/model_converters/official_to_mmseg.py SRC DST
"""
import argparse
from pathlib import Path

import torch

from projects.dstransnet import cli, convert_official
from projects.dstransnet.checkpoint.reading import (
    read_checkpoint,
)
from projects.dstransnet.datasets import IRSTDDataset
from projects.dstransnet.utils.errors import InputError


def main() -> None:
    parser = argparse.ArgumentParser(description='Convert a checkpoint')
    parser.add_argument('src', help="checkpoint of the authors' release")
    parser.add_argument('dst', help='.pth file to write')
    cli.add_trust_argument(parser)
    args = parser.parse_args()
    with cli.one_line_errors(), cli.trusting(args.trust_checkpoint):
        if not Path(args.dst).resolve().parent.is_dir():
            raise InputError(f'dst: no folder {Path(args.dst).parent}')
        checkpoint = read_checkpoint(args.src, 'cpu')
        try:
            state = convert_official(checkpoint)
        except (KeyError, ValueError) as error:
            raise InputError(f'{args.src}: {error.args[0]}') from error
        torch.save(
            dict(
                state_dict=state,
                meta=dict(dataset_meta=dict(IRSTDDataset.METAINFO))), args.dst)
        count = sum(value.numel() for value in state.values())
        print(f'{args.dst}: {len(state)} tensors, {count:,} values')


if __name__ == '__main__':
    main()
