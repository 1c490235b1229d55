"""Write a trained network for other programs.

The suffix of FILE gives the format: .xml, .onnx, .pt or .pt2. The file maps
`images` (N, C, H, W), normalised, to `logits`. With --raw it takes grey levels
0 to 255, with --scores it returns probabilities. Before success is reported
the file is read again and compared with the network in PyTorch, on images of
the test split if they are there, else on generated scenes; a file with free
sizes at two sizes. Above 1e-3 it is not written and the exit code is 2.
"""
from __future__ import annotations

import argparse
import logging
import math
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmseg.models.segmentors import EncoderDecoder
from torch import Tensor

from ... import cli
from ...datasets import SceneConfig, synthesize_scene
from ...deployment import (
    SUFFIXES,
    check_format,
    check_quantisation,
    export_model,
    file_error,
    format_of,
    open_exported,
    quantise,
)
from ...evaluation.config_metrics import metric_protocol
from ...inference import FramePreparation
from ...inference.preparation import inference_pipeline
from ...models.build import load_segmentor
from ...profiling.timed_steps import input_channels
from ...utils.config import build_split, input_size
from ...utils.errors import InputError

TOLERANCE = 1e-3
"""Difference above which a file in float32 fails."""


def parse_args() -> argparse.Namespace:
    """Return the arguments of the command line."""
    parser = cli.ToolParser(
        description='Write a network for other programs',
        examples=[
            'dstransnet export dstransnet-s_sirst --out small.xml',
            'dstransnet export CONFIG CHECKPOINT --out network.onnx '
            '--dynamic --raw --scores'])
    cli.add_config_arguments(parser)
    cli.add_checkpoint_argument(parser, 'none for shipped weights')
    parser.add_argument('--out', metavar='FILE', type=Path, required=True,
                        help='file to write; .xml comes with .bin')
    parser.add_argument('--format', choices=SUFFIXES,
                        help='default: by the suffix of FILE')
    parser.add_argument('--shape', type=int, nargs=2, metavar=('H', 'W'),
                        help='height and width of the images, pixels; '
                        "default: the size of the config's test images")
    parser.add_argument('--batch', type=cli.at_least(1), default=1,
                        metavar='N', help='images at a time; default: 1')
    parser.add_argument('--dynamic', action='store_true',
                        help='leave batch, height and width free; default: '
                        'the file takes the one shape, which is faster')
    small = parser.add_mutually_exclusive_group()
    small.add_argument('--half', action='store_true',
                       help='store kernels in float16')
    small.add_argument('--int8', action='store_true',
                       help='quantise to 8 bits, calibrated on images of the '
                       'training split; .xml alone')
    parser.add_argument('--calibration', type=cli.at_least(1), metavar='N',
                        help='with --int8, number of images; default: 128')
    parser.add_argument('--raw', action='store_true',
                        help='the file takes grey levels 0 to 255, colour '
                        'images as blue, green, red, and normalises them')
    parser.add_argument('--scores', action='store_true',
                        help='the file returns probabilities in the size of '
                        'the image; default: the logits of the head')
    parser.add_argument('--tolerance', type=float, metavar='T',
                        help='largest difference of the scores, or of the '
                        'logits relative to the largest; default: '
                        f'{TOLERANCE:g}, none with --half and --int8')
    args = parser.parse_args()
    cli.resolve_model(args)
    return args


def check(args: argparse.Namespace) -> None:
    """Raise for arguments that are wrong, before anything is computed."""
    try:
        name = format_of(args.out)
    except InputError as error:
        raise InputError(f'--out: {str(error).removeprefix("path: ")}'
                         ) from error
    if args.format not in (None, name):
        raise InputError(f'--out: expected a file that ends in '
                         f'{SUFFIXES[args.format]} for --format '
                         f'{args.format}, got {args.out}')
    if not args.out.resolve().parent.is_dir():
        raise InputError(f'--out: no folder {args.out.parent}')
    if not os.access(args.out.resolve().parent, os.W_OK):
        raise InputError(f'--out: {args.out.parent} cannot be written to')
    if args.tolerance is not None and not args.tolerance >= 0:  # also NaN
        raise InputError('--tolerance must be 0 or more, got '
                         f'{args.tolerance}')
    if args.calibration is not None and not args.int8:
        raise InputError('--calibration needs --int8')
    check_format(name)
    if args.int8:
        check_quantisation(args.out)


def images_of(cfg: Config, split: str, size: tuple[int, int],
              count: int) -> Iterator[Tensor]:
    """Yield images (1, C, H, W) of a split, or generated scenes.

    Args:
        cfg (Config): Config of a run.
        split (str): 'train' or 'test'.
        size (tuple[int, int]): Height and width to resize them to.
        count (int): Images at most.
    """
    prepare = FramePreparation(cfg, size)
    try:
        dataset = build_split(cfg, split)
        sources = [dataset.get_data_info(number)['img_path']
                   for number in range(min(count, len(dataset)))]
    except (InputError, OSError):  # the data is not on this machine
        print(f'no {split} split here: generated scenes instead')
        sources = [synthesize_scene(SceneConfig(), seed=0, index=number).image
                   for number in range(count)]
    for source in sources:
        yield prepare(source)['inputs'].float().unsqueeze(0)


def main() -> None:
    """Write the network and check it."""
    args = parse_args()
    with cli.one_line_errors(), cli.trusting(args.trust_checkpoint):
        check(args)
        MMLogger.get_current_instance().setLevel(logging.WARNING)
        cfg = cli.read_config(args.config, args.cfg_options)
        height, width = args.shape or input_size(cfg)
        shape = (args.batch, input_channels(cfg), height, width)
        model = load_segmentor(cfg, args.checkpoint, 'cpu')
        settings: dict[str, Any] = dict(
            pipeline=inference_pipeline(cfg),
            data_preprocessor=cfg.model.data_preprocessor.to_dict())
        protocol = metric_protocol(cfg)
        if protocol is not None:
            settings['decision'] = dict(
                threshold=protocol.threshold,
                connectivity=protocol.connectivity)
        place = args.out.resolve()
        # An earlier file stays until the new one is complete and right.
        with tempfile.TemporaryDirectory(
                prefix='.export-', dir=place.parent) as folder:
            new = Path(folder, place.name)
            try:
                export_model(
                    model, new, shape, dynamic=args.dynamic, half=args.half,
                    raw=args.raw, scores=args.scores, settings=settings)
                if args.int8:
                    quantise(model, new, images_of(
                        cfg, 'train', (height, width),
                        args.calibration or 128))
                text = report(cfg, model, new, args, shape)
            except InputError as error:  # which may name the file
                raise InputError(
                    str(error).replace(str(new), str(args.out))) from error
            for path in reversed(written(new)):  # weights first
                os.replace(path, place.with_name(path.name))
        print(text)


def report(cfg: Config, model: EncoderDecoder, path: Path,
           args: argparse.Namespace,
           shape: tuple[int, int, int, int]) -> str:
    """Compare a file with the network, and return what it is.

    Raises:
        InputError: If they differ by more than the tolerance.
    """
    sizes = [(shape[2], shape[3])]
    if args.dynamic:  # another size of the same multiples, not square
        sizes.append((shape[2], 2 * shape[3]))
    error = 0.
    file = open_exported(path)
    for size in sizes:
        images = torch.cat(list(images_of(cfg, 'test', size, 2)))
        if not args.dynamic:
            images = images.repeat(args.batch, 1, 1, 1)[:args.batch]
        found = file_error(model, file, images)
        error = found if not found <= error else error  # keeps NaN
    tolerance = args.tolerance
    if tolerance is None:
        tolerance = math.inf if args.half or args.int8 else TOLERANCE
    unit = '' if args.scores else ' of the largest logit'
    difference = f'{error:.1e}{unit}'
    if not error <= tolerance:  # also NaN
        raise InputError(f'{args.out}: it would differ from PyTorch by '
                         f'{difference}; it was not written')
    total = sum(part.stat().st_size for part in written(path))
    output = file.settings['output']
    free = ', free in batch, height and width' if args.dynamic else ''
    lines = [f'{args.out}: images {shape}{free} to {output}, '
             f'{total / 2**20:.1f} MiB']
    if file.operators:
        lines.append(f'operators: {", ".join(file.operators)}')
    checked = ' and '.join(f'{h} x {w}' for h, w in sizes)
    lines.append(f'largest difference from PyTorch at {checked}: {difference}')
    return '\n'.join(lines)


def written(file: Path) -> list[Path]:
    """Return a written file, and that of its weights if it has one."""
    return [file, file.with_suffix('.bin')][:1 + (file.suffix == '.xml')]
