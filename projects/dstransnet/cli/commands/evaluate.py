"""Evaluate a checkpoint, or a classical detector, on the test split.

--out writes, for later comparison and for papers:
    DIR/result.json      metrics, intervals, curves, settings
    DIR/per_image.csv    one record an image (and per_image.json)
    DIR/curves/*.png     ROC, precision-recall, Pd and Fa over thresholds
    DIR/masks/NAME.png   predicted masks (0 / 255)
"""
from __future__ import annotations

import argparse
import os.path as osp
from pathlib import Path

from mmengine.config import Config
from mmengine.dist import is_main_process

from ... import cli
from ...deployment import exported_config
from ...detectors import ClassicalDetector
from ...utils.errors import InputError
from ...visualization import remove_curves, write_curves


def parse_args() -> argparse.Namespace:
    """Return the arguments of the command line."""
    parser = cli.ToolParser(description='Evaluate a model', examples=[
        'dstransnet evaluate dstransnet-s_sirst --out work_dirs/eval',
        'dstransnet evaluate CONFIG CHECKPOINT --tta --bootstrap 1000',
        'dstransnet evaluate dstransnet-s_sirst --model small.onnx',
        'dstransnet evaluate top-hat_sirst-256x256'])
    cli.add_common_arguments(parser)
    cli.add_checkpoint_argument(parser)
    parser.add_argument(
        '--out',
        metavar='DIR',
        help='write result, records of images, curves and predicted masks '
        'there; masks in the size at which they are evaluated')
    parser.add_argument(
        '--worst-first',
        action='store_true',
        help='sort the records of images by IoU, lowest first')
    parser.add_argument(
        '--bootstrap',
        type=cli.at_least(0),
        default=0,
        metavar='N',
        help='95%% confidence intervals from N sets of resampled images')
    cli.add_measures_argument(parser)
    cli.add_prediction_arguments(parser)
    args = parser.parse_args()
    if args.model is not None and args.checkpoint is not None:
        parser.error('expected CHECKPOINT or --model, got both')
    cli.resolve_model(args)
    if args.model is not None:
        args.checkpoint = None
    return args


def model_of(cfg: Config, checkpoint: str | None) -> dict:
    """Return the identity of a model: its checkpoint, or its settings."""
    if checkpoint is None:
        return dict(model=cfg.model.to_dict())
    return dict(checkpoint=Path(checkpoint).name)


def configure(cfg: Config, args: argparse.Namespace) -> None:
    """Apply the arguments of this tool to a config."""
    cfg.load_from, cfg.resume = args.checkpoint, False
    if args.save_scores and args.out is None:
        raise InputError('--save-scores needs --out')
    if args.worst_first and args.out is None:
        raise InputError('--worst-first needs --out')
    if args.image_root and args.out is None and args.show_dir is None:
        raise InputError('--image-root needs --out or --show-dir')
    if args.out and args.show_dir and osp.abspath(args.out) == osp.abspath(
            args.show_dir):
        raise InputError('--out and --show-dir need two folders: both write '
                         f'masks, of different sizes, got {args.out} twice')
    cli.check_folder('--out', args.out)
    if args.out and not args.save_scores and osp.lexists(
            osp.join(args.out, 'scores')):
        raise InputError(f'--out: {args.out}/scores has score maps of an '
                         'earlier run; replace them by --save-scores, delete '
                         'them or choose another folder')
    cli.check_folder('--show-dir', args.show_dir)
    cli.check_tiles(args)
    form = cli.deploy_settings(args)
    if args.threshold is not None:
        cli.set_threshold(cfg, args.threshold)
    if args.bootstrap:
        cli.update_metric(cfg, bootstrap=args.bootstrap)
    if args.measures is not None:
        cli.update_metric(cfg, measures=cli.measure_names(args.measures))
    if args.out is not None:
        cli.update_metric(
            cfg,
            result_dir=args.out,
            output_dir=osp.join(args.out, 'masks'),
            score_dir=osp.join(args.out, 'scores')
            if args.save_scores else None,
            worst_first=args.worst_first,
            image_root=args.image_root,
            info=dict(
                config=Path(args.config).stem,
                **model_of(cfg, args.checkpoint),
                tta=args.tta,
                **cli.tile_settings(args),
                **form))
    if args.show_dir is not None:
        cli.draw_detections_in(cfg, args.show_dir, args.image_root)
    cli.metric_protocol(cfg)  # raises for settings that are wrong
    if args.tta:
        cli.enable_tta(cfg)


def main() -> None:
    """Evaluate, print the metrics and write the requested files."""
    args = parse_args()
    with cli.one_line_errors(), cli.trusting(args.trust_checkpoint):
        cfg = cli.load_config(args, 'default_scope', 'test_dataloader',
                              'test_cfg', 'test_evaluator')
        if args.model is not None:
            for key in args.cfg_options or ():
                if key.split('.')[0] == 'model':
                    raise InputError(f'--cfg-options {key}: the model is that '
                                     f'of --model {args.model}')
            cfg.model = exported_config(args.model).model
        configure(cfg, args)
        cli.add_run_hooks(cfg)
        runner = cli.build_runner(cfg, args.verbose)
        cli.check_checkpoint(args.checkpoint, runner.model)
        cli.enable_tiles(runner.model, args)
        cli.deploy_for_test(runner, args)
        metrics = runner.test()
        if not is_main_process():
            return
        for part in runner.model.modules():  # behind wrappers, such as --tta
            if isinstance(part, ClassicalDetector):
                print(f'{part.milliseconds():.1f} ms an image')
        result = cli.find_result(runner.test_evaluator)
        if result is None:  # another metric than ours
            print(cli.metric_table(metrics))
            return
        print(cli.metric_table(metrics, intervals=[result.intervals]))
        if result.difficulty:
            print(cli.difficulty_table(result.difficulty))
        if args.out is not None:
            folder = osp.join(args.out, 'curves')
            if result.curves:
                write_curves({Path(args.config).stem: result}, folder)
            else:
                remove_curves(folder)
