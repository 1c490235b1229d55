"""Write a trained network for programs without PyTorch.

Writes FILE.xml and FILE.bin, a model of OpenVINO in float32 with one fixed
input shape: normalised images (N, C, H, W) to logits (N, 1, H, W). How images
are normalised, and the threshold, are in its section model_info. Before
success is reported the file is read again and compared with the network in
PyTorch on a random image.
"""
from __future__ import annotations

import argparse
from pathlib import Path

from ... import cli, profiling
from ...deployment import (
    export_openvino,
    file_error,
)
from ...models.build import load_segmentor
from ...utils.config import input_size
from ...utils.errors import InputError

TOLERANCE = 1e-4
"""Difference of logits, relative to the largest, above which it fails."""


def parse_args() -> argparse.Namespace:
    """Return the arguments of the command line."""
    parser = cli.ToolParser(
        description='Write a network for programs without PyTorch',
        examples=['dstransnet export dstransnet-s_sirst --out network.xml'])
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', nargs='?',
                        help='.pth or .safetensors file')
    parser.add_argument('--out', metavar='FILE.xml', type=Path, required=True,
                        help='model of OpenVINO to write, with FILE.bin')
    parser.add_argument('--shape', type=int, nargs=2, metavar=('H', 'W'),
                        help='height and width of the images, pixels; '
                        "default: the config's training size")
    parser.add_argument('--batch', type=int, default=1, metavar='N',
                        help='images at a time; default: 1')
    cli.add_settings_argument(parser)
    cli.add_trust_argument(parser)
    args = parser.parse_args()
    cli.resolve_model(args)
    return args


def main() -> None:
    """Write the network and check it."""
    args = parse_args()
    with cli.one_line_errors(), cli.trusting(args.trust_checkpoint):
        if args.out.suffix != '.xml':
            raise InputError(f'--out: expected FILE.xml, got {args.out}')
        if not args.out.resolve().parent.is_dir():
            raise InputError(f'--out: no folder {args.out.parent}')
        cfg = cli.read_config(args.config, args.cfg_options)
        height, width = args.shape or input_size(cfg)
        shape = (args.batch, profiling.input_channels(cfg), height, width)
        model = load_segmentor(cfg, args.checkpoint, 'cpu')
        export_openvino(model, args.out, shape)
        error = file_error(model, args.out)
        if not error <= TOLERANCE:  # NaN too
            args.out.unlink()
            args.out.with_suffix('.bin').unlink()
            raise InputError(f'{args.out}: its logits differ by {error:.1e} '
                             'of the largest from those of PyTorch; the '
                             'files were removed')
        print(f'{args.out}: images {shape} to logits; they differ from '
              f'those of PyTorch by {error:.1e} of the largest')
