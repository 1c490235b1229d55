#!/usr/bin/env python
"""Convert a checkpoint of a network's release to the segmentor's names.

    python tools/model_converters/official_to_mmseg.py SRC DST [--network acm]
"""
import argparse
from pathlib import Path

from projects.dstransnet import cli, convert_official, list_networks
from projects.dstransnet.checkpoint.reading import (
    check_destination,
    check_tensors,
    read_checkpoint,
    write_checkpoint,
)
from projects.dstransnet.datasets import IRSTDDataset
from projects.dstransnet.models.official_weights import fitting_networks
from projects.dstransnet.utils.errors import InputError


def main() -> None:
    parser = argparse.ArgumentParser(description='Convert a checkpoint')
    parser.add_argument('src', help='checkpoint of the release')
    parser.add_argument('dst', type=Path, help='.pth file to write')
    parser.add_argument(
        '--network',
        default='dstransnet',
        choices=[info.name for info in list_networks()],
        help='whose release it is; defaults to dstransnet')
    cli.add_trust_argument(parser)
    args = parser.parse_args()
    with cli.one_line_errors(), cli.trusting(args.trust_checkpoint):
        check_destination(args.src, args.dst, '.pth')
        checkpoint = read_checkpoint(args.src, 'cpu')
        try:
            state = convert_official(
                checkpoint, args.network, segmentor=True)
        except KeyError as error:
            options = ' or '.join(f'--network {name}' for name in
                                  fitting_networks(checkpoint))
            raise InputError(
                f'{args.src}: {error.args[0]}' +
                (f'; its keys fit {options}' if options else '')) from error
        except ValueError as error:
            raise InputError(f'{args.src}: {error}') from error
        check_tensors(state, args.src)
        write_checkpoint(args.dst, dict(
            state_dict=state,
            meta=dict(dataset_meta=dict(IRSTDDataset.METAINFO))))
        count = sum(value.numel() for value in state.values())
        print(f'{args.dst}: {len(state)} tensors, {count:,} values')


if __name__ == '__main__':
    main()
