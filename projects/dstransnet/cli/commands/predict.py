"""Find targets in images and videos, no masks needed.

Writes:
    DIR/masks/NAME.png      predicted masks (0 / 255)
    DIR/scores/NAME.npy     probabilities (float32), with --save-scores
    DIR/targets.csv         one row a target: box, centroid, area, score
    DIR/targets.json        the same, by image
    DIR/targets_coco.json   the same, as COCO
    DIR/videos/NAME.mp4     each video, with its targets marked
    DIR/images.csv          one row an image, with what was wrong with it

NAME is the path below the input folder, and NAME_page0, NAME_page1, ... for
the pages of a file. A file, or a frame of a video, that cannot be used is
reported, the others go on, and the exit code is 1. It is 0 if all images are
done, and 2 for wrong arguments, before anything is computed.
"""
from __future__ import annotations

import argparse
import os.path as osp
import sys
import time
from pathlib import Path

from mmengine.config import Config
from mmengine.utils import ProgressBar

from ... import cli
from ...imaging.dynamic_range import check_mapping
from ...inference import (
    Detector,
    FolderReport,
    Outcome,
    predict_folder,
)
from ...models.shipped_weights import config_path, list_weights


def parse_args() -> argparse.Namespace:
    """Return the arguments of the command line."""
    parser = cli.ToolParser(
        description='Find targets in images and videos',
        examples=[
            'dstransnet predict frames --out found',
            'dstransnet predict dstransnet-s_sirst frame.tif --out found '
            '--mapping 0:16383',
            "dstransnet predict 'night_*.mp4' --out found --track",
            'dstransnet predict CONFIG CHECKPOINT frames --out found '
            '--tile 512 --native',
            'dstransnet predict --model small.onnx frames --out found'])
    parser.add_argument(
        'inputs', nargs='+', metavar='INPUT',
        help='image, video, folder of images, also in sub folders, or a '
        'pattern of these in quotes; in front of the inputs a name of '
        'shipped weights, or CONFIG [CHECKPOINT]; '
        f'default: {next(iter(list_weights()))}')
    parser.add_argument('--out', metavar='DIR', required=True,
                        help='write results there')
    there = parser.add_mutually_exclusive_group()
    there.add_argument('--resume', action='store_true',
                       help='go on with the results in DIR: leave out images '
                       'that are done, try again those that failed')
    there.add_argument('--overwrite', action='store_true',
                       help='begin anew where DIR holds results')
    size = parser.add_mutually_exclusive_group()
    size.add_argument('--size', type=int, nargs=2, metavar=('H', 'W'),
                      help='resize images to this for the network; default: '
                      'as the test pipeline does')
    size.add_argument('--native', action='store_true',
                      help='do not resize images')
    parser.add_argument('--output-size', choices=['image', 'network'],
                        default='image',
                        help="size of masks, scores and targets: the "
                        "image's, or what the network saw; default: image")
    parser.add_argument('--mapping', metavar='RANGE', type=mapping_of,
                        default='auto',
                        help='map files of 8 and 16 bits to 0 .. 255: the '
                        'minmax or the percentile range of each image, or '
                        'LOW:HIGH, such as 0:16383; config: as its loader '
                        'does; default: auto, minmax for more than 8 bits '
                        'alone')
    parser.add_argument('--batch-size', type=cli.at_least(1), default=1,
                        metavar='N',
                        help='images that the network gets at a time, if they '
                        'are of one size; default: 1')
    parser.add_argument('--workers', type=cli.at_least(0), default=2,
                        metavar='N',
                        help='threads that load images; default: 2')
    parser.add_argument('--track', action='store_true',
                        help='link targets over the frames of each video, '
                        'and over the images of each folder by number; '
                        'needs the extra [track]')
    cli.add_prediction_arguments(parser, automatic=True)
    parser.add_argument('--device', help='default: a GPU, where there is one')
    cli.add_settings_argument(parser)
    cli.add_trust_argument(parser)
    args = parser.parse_args()
    if args.model is not None:
        args.config, args.checkpoint = args.model, None
    else:
        with cli.one_line_errors():
            args.config, args.checkpoint, args.inputs = cli.split_model(
                args.inputs)
    if not args.inputs:
        parser.error('expected an INPUT')
    for word in args.inputs:
        if not osp.lexists(word) and (
                word in list_weights() or config_path(word) != word):
            parser.error(f'{word}: the name of a model stands in front of '
                         'the inputs')
    return args


def mapping_of(text: str) -> str | dict[str, float] | None:
    """Return the mapping that a text stands for."""
    if text in ('auto', 'config'):
        return None if text == 'config' else text
    low, colon, high = text.partition(':')
    try:
        mapping = dict(low=float(low), high=float(high)) if colon else text
        check_mapping(mapping)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            'expected auto, config, minmax, percentile or LOW:HIGH, got '
            f'{text!r}'
        ) from error
    return mapping


def build(cfg: Config, args: argparse.Namespace) -> Detector:
    """Return the detector that the arguments describe."""
    return Detector(
        cfg, args.checkpoint,
        threshold=args.threshold,
        size='native' if args.native else args.size,
        mapping=args.mapping,
        **({} if args.tile is None else dict(
            tile=args.tile, overlap=args.tile_overlap,
            tile_batch=args.tile_batch)),
        tta=args.tta,
        deploy=cli.deploy_arguments(args),
        device=args.device,
        output_size=args.output_size)


def settings_of(cfg: Config, args: argparse.Namespace) -> dict:
    """Return all settings that results depend on."""
    return dict(
        cli.network_settings(cfg, args),
        size='native' if args.native else args.size,
        mapping=args.mapping,
        tta=args.tta,
        **cli.deploy_settings(args, args.device),
        **cli.tile_settings(args))


class Progress:
    """Bar of what is done, with the time left; names what fails at once."""

    def __init__(self) -> None:
        self._named: set[str] = set()

    def begin(self, count: int) -> None:
        """Start the bar."""
        self._bar = ProgressBar(count, file=sys.stderr)

    def __call__(self, outcome: Outcome) -> None:
        """Go on by an image."""
        if outcome.problem:
            self.name(outcome.path, outcome.problem)
        self._bar.update()

    def name(self, path: str, problem: str) -> None:
        """Print what failed, if it is new."""
        if path not in self._named:
            print(f'\nfailed: {path}: {problem}', file=sys.stderr)
        self._named.add(path)


def show(report: FolderReport, seconds: float, out: str) -> None:
    """Print a summary."""
    rate = f', {report.done / seconds:.2f} a second' if report.done else ''
    images = 'image' if report.done == 1 else 'images'
    print(f'\n{report.done} {images} in {seconds:.1f} s{rate}; '
          f'{report.resumed} done before; {len(report.failed)} failed')
    if report.passed_over:
        print('other files passed over, as their suffix is not that of an '
              f'image: {report.passed_over}')
    targets = 'target' if report.targets == 1 else 'targets'
    print(f'{report.targets} {targets}: {Path(out) / "targets.csv"}')


def main() -> None:
    """Predict, and write the results."""
    args = parse_args()
    with cli.one_line_errors(), cli.trusting(args.trust_checkpoint):
        cli.check_folder('--out', args.out)
        cli.check_folder('--show-dir', args.show_dir)
        cli.check_tiles(args)
        if args.device is not None:
            cli.check_device(args.device)
        cli.deploy_settings(args, args.device)
        cfg = cli.read_config(args.config, args.cfg_options)
        detector = build(cfg, args)
        args.deploy = detector.deployed
        start, progress = time.perf_counter(), Progress()
        try:
            report = predict_folder(
                detector.predictor,
                args.inputs,
                args.out,
                batch_size=args.batch_size,
                workers=args.workers,
                save_scores=args.save_scores,
                existing='resume' if args.resume else
                'overwrite' if args.overwrite else 'refuse',
                image_root=args.image_root,
                settings=settings_of(cfg, args),
                pictures=args.show_dir,
                track=args.track,
                begin=progress.begin,
                watch=progress)
        except KeyboardInterrupt:
            print(f'\nstopped; {args.out} holds what is done, --resume '
                  'continues', file=sys.stderr)
            sys.exit(130)
        for path, problem in report.failed.items():  # in drawing tracks
            progress.name(path, problem)
        show(report, time.perf_counter() - start, args.out)
        if report.failed:
            sys.exit(1)
