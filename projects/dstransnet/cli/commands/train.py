"""Train a model of a config with MMEngine."""
from __future__ import annotations

import argparse

from mmengine.dist import is_main_process

from ... import cli
from ...utils import memory


def parse_args() -> argparse.Namespace:
    """Return the arguments of the command line."""
    parser = cli.ToolParser(description='Train a model', examples=[
        'dstransnet train dstransnet-s_1xb4-adam-40e_sirst-256x256',
        'dstransnet train my_config.py --work-dir work_dirs/mine --resume'])
    cli.add_common_arguments(parser)
    parser.add_argument(
        '--resume',
        action='store_true',
        help='continue from the newest checkpoint in the work folder that can '
        'be read, from scratch where there is none yet')
    cli.add_amp_arguments(parser)
    parser.add_argument(
        '--compile',
        action='store_true',
        help='compile the network by torch.compile; the first iteration takes '
        'minutes, and on CPUs the others take longer too')
    cli.add_run_arguments(parser)
    args = parser.parse_args()
    cli.resolve_model(args)
    return args


def main() -> None:
    """Train."""
    args = parse_args()
    memory.keep_freed_memory()
    with cli.one_line_errors(), cli.trusting(args.trust_checkpoint):
        cfg = cli.load_config(args, 'default_scope', 'train_dataloader',
                              'train_cfg', 'optim_wrapper')
        cli.apply_amp_options(cfg, args)
        if args.compile and not cfg.get('compile'):
            cfg.compile = True
        cli.apply_run_options(cfg, args)
        cli.make_resumable(cfg)
        cli.add_run_hooks(cfg)
        with cli.interruptible(cfg.work_dir):
            latest = cli.resume_newest(cfg) if args.resume else None
            runner = cli.build_runner(cfg, args.verbose)
            if args.resume:
                cli.check_same_checkpoint(latest)
            if latest is not None:
                cli.check_checkpoint(latest, runner.model)
            elif cfg.get('load_from'):
                cli.check_initial_weights(cfg.load_from, runner.model)
            runner.train()
        if is_main_process():
            print(f'log, checkpoints and curves: {cfg.work_dir}')
