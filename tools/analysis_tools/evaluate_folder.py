#!/usr/bin/env python
"""Evaluate the predictions of any program.

    python tools/analysis_tools/evaluate_folder.py PREDICTIONS
        (--config CONFIG [--split SPLIT] | --masks DIR) [--out DIR] ...

PREDICTIONS is a folder of score maps or masks, one PNG, BMP, TIFF or NPY an
image with the image's name, or a file of boxes or points with scores (COCO
JSON, CSV). The ground truth is a split of a config, or a folder of masks in
files of the same kinds.
"""
import argparse
import dataclasses
import os.path as osp
import sys

from mmengine.config import Config

from projects.dstransnet import cli
from projects.dstransnet.evaluation import (
    DETECTION_RULES,
    MATCH_RULES,
    EvaluationProtocol,
)
from projects.dstransnet.evaluation.external import (
    Truth,
    check_scale,
    evaluate_detections,
    evaluate_maps,
    images_from_config,
    images_from_folder,
    read_detections,
    truth_from_config,
    truth_from_folder,
)
from projects.dstransnet.models.shipped_weights import config_path
from projects.dstransnet.utils.errors import InputError
from projects.dstransnet.visualization import (
    has_curves,
    remove_curves,
    write_curves,
)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description='Evaluate the predictions of any program')
    parser.add_argument('predictions', help='folder, .json or .csv')
    truth = parser.add_mutually_exclusive_group(required=True)
    truth.add_argument('--config', help='config with the ground truth')
    truth.add_argument('--masks', metavar='DIR', help='folder of true masks')
    parser.add_argument(
        '--split', help='with --config: split of its data; default: test')
    parser.add_argument(
        '--size',
        choices=['network', 'file'],
        help='with --config: compare at the size of its metrics, usually the '
        "network's, or at that of the image files; default: network")
    parser.add_argument(
        '--mask-suffix',
        help='with --masks: suffix of their names after those of the images')
    parser.add_argument(
        '--mask-threshold', type=int,
        help='with --masks: pixels above it are target in masks that are not '
        'two-valued; 254 for IRSTD-1K and SIRST3')
    parser.add_argument(
        '--suffix',
        help='suffix of the names of predictions after those of the images')
    parser.add_argument('--image-root', metavar='DIR',
                        help='name images by their paths below DIR')
    parser.add_argument('--allow-extra', action='store_true',
                        help='ignore files or detections of other images')
    parser.add_argument('--scale', type=float,
                        help='value in the files that means a score of 1')
    parser.add_argument('--threshold', type=float,
                        help='default: of the config, or 0.5')
    parser.add_argument('--match', choices=MATCH_RULES,
                        help='of components; default: of the config, or '
                        'centroid')
    parser.add_argument('--distance', type=float,
                        help='pixels; default: of the config, or 3')
    parser.add_argument('--connectivity', type=int, choices=[4, 8],
                        help='default: of the config, or 8')
    parser.add_argument('--rule', dest='detection_rule',
                        choices=DETECTION_RULES,
                        help='of the target-level metrics; default: of the '
                        'config, or centroid')
    parser.add_argument('--min-iou', type=float,
                        help='of --rule iou; default: 0.5')
    parser.add_argument('--coco-images', metavar='FILE',
                        help='COCO file whose images explain numeric ids')
    parser.add_argument('--category', help='of the detections to keep')
    parser.add_argument('--bootstrap', type=int, metavar='N',
                        help='95%% confidence intervals from N resampled '
                        'sets of images')
    cli.add_measures_argument(
        parser, 'measures to report (default: published and target)')
    parser.add_argument('--images', metavar='DIR',
                        help='with --masks: folder of the images, for '
                        'measures that use them')
    parser.add_argument('--worst-first', action='store_true',
                        help='sort the records of images by IoU')
    parser.add_argument('--out', metavar='DIR',
                        help='write result.json, per_image.csv, curves there')
    return parser.parse_args()


def check_arguments(args: argparse.Namespace) -> None:
    """Raise where an argument is outside its values or has no effect."""
    if not osp.exists(args.predictions):
        raise InputError(f'{args.predictions}: no such folder or file')
    maps = osp.isdir(args.predictions)
    for names, needed, given in (
        (('split', 'size', 'image_root'), '--config', args.config),
        (('mask_suffix', 'mask_threshold', 'images'), '--masks', args.masks),
        (('suffix', 'bootstrap', 'match', 'measures'), 'a folder of maps',
         maps),
        (('coco_images', 'category'), 'a file of boxes or points', not maps),
        (('worst_first', ), '--out', args.out)):
        for name in names:
            value = getattr(args, name)
            if value is not None and value is not False and not given:
                raise InputError(
                    f"--{name.replace('_', '-')} needs {needed}")
    if args.scale is not None:
        check_scale(args.scale)
    cli.check_folder('--out', args.out)


def read_truth(args: argparse.Namespace,
               cfg: Config | None) -> Truth:
    if cfg is None:
        return truth_from_folder(
            args.masks, args.mask_suffix or '', args.mask_threshold)
    return truth_from_config(cfg, args.split or 'test', args.size
                             or 'network', args.image_root)


def read_protocol(args: argparse.Namespace,
                  cfg: Config | None) -> EvaluationProtocol:
    protocol = None if cfg is None else cli.metric_protocol(cfg)
    stated = {
        name: getattr(args, name)
        for name in ('threshold', 'match', 'distance', 'connectivity',
                     'bootstrap', 'detection_rule', 'min_iou')
        if getattr(args, name) is not None
    }
    if args.measures is not None:
        stated['measures'] = cli.measure_names(args.measures)
    try:
        taken = dataclasses.replace(
            protocol or EvaluationProtocol(), **stated)
    except ValueError as error:
        raise InputError(str(error)) from error
    if args.min_iou is not None and taken.detection_rule != 'iou':
        raise InputError('--min-iou needs --rule iou')
    return taken


def read_images(args: argparse.Namespace, cfg: Config | None,
                truth: Truth) -> dict | None:
    """Return the image file of each name, None where they are unknown."""
    if cfg is not None:
        return images_from_config(cfg, args.split or 'test', args.image_root)
    return args.images and images_from_folder(args.images, truth)


def main() -> None:
    args = parse_args()
    with cli.one_line_errors():
        check_arguments(args)
        cfg = None if args.config is None else cli.read_config(
            config_path(args.config))
        protocol = read_protocol(args, cfg)
        truth = read_truth(args, cfg)
        if osp.isdir(args.predictions):
            images = None
            if protocol.uses_images:
                images = read_images(args, cfg, truth)
                if images is None:
                    raise InputError(f'--measures {" ".join(args.measures)}: '
                                     'needs --images')
            result = evaluate_maps(
                args.predictions, truth, protocol, suffix=args.suffix or '',
                allow_extra=args.allow_extra, scale=args.scale, images=images,
                reading=None if cfg is None else cli.test_reading(cfg))
        else:
            result = evaluate_detections(
                read_detections(args.predictions, truth, args.category,
                                args.coco_images, args.allow_extra), truth,
                protocol, scale=args.scale or 1.0)
        result.settings.update(
            predictions=osp.basename(osp.abspath(args.predictions)),
            split=args.split or 'test' if args.config else None,
            size=args.size or 'network' if args.config else 'file')
        print(cli.metric_table(result.metrics, intervals=[result.intervals]))
        if result.difficulty:
            print(cli.difficulty_table(result.difficulty))
        for warning in result.warnings:
            print(f'warning: {warning}', file=sys.stderr)
        if args.out is not None:
            result.write(args.out, args.worst_first)
            folder = osp.join(args.out, 'curves')
            if has_curves(result):
                write_curves({osp.basename(osp.abspath(args.predictions)):
                              result}, folder)
            else:
                remove_curves(folder)


if __name__ == '__main__':
    main()
