#!/usr/bin/env python
"""Evaluate a checkpoint on the test split of a config.

    python tools/test.py CONFIG CHECKPOINT [--show-dir DIR] [--out DIR]
                         [--work-dir DIR] [--cfg-options KEY=VALUE ...]
"""
import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmengine.dist import is_main_process  # noqa: E402

from projects.dstransnet import cli  # noqa: E402


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description='Evaluate a model')
    cli.add_common_arguments(parser)
    parser.add_argument('checkpoint', help='.pth or .safetensors file')
    parser.add_argument(
        '--out',
        metavar='DIR',
        help='write the predicted masks there as PNG (0 / 255), in the size '
        'at which they are evaluated')
    parser.add_argument(
        '--show-dir',
        metavar='DIR',
        help="write DIR/pictures and DIR/masks, in the size of the images' "
        'files')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    with cli.one_line_errors():
        cfg = cli.load_config(args)
        cfg.load_from, cfg.resume = args.checkpoint, False
        if args.out is not None:
            cfg.test_evaluator.output_dir = args.out
        if args.show_dir is not None:
            cfg.default_hooks.visualization.update(
                draw=True, out_dir=args.show_dir)
        runner = cli.build_runner(cfg)
        cli.check_checkpoint(args.checkpoint, runner.model)
        metrics = runner.test()
        if is_main_process():
            print(cli.metric_table(metrics))


if __name__ == '__main__':
    main()
