"""Runners of the tiny network, for forked processes."""
import argparse
from pathlib import Path
from unittest import mock

import torch._dynamo  # noqa: F401 (optimisers do, in each forked process)
from mmengine.config import Config
from mmengine.runner import Runner

from projects.dstransnet import cli

# As tools/train.py has them where nothing is said.
OPTIONS = dict(
    seed=None, deterministic=False, auto_scale_lr=False, sync_bn=False)


def build_tiny(tiny, folder: Path, launcher: str = 'none',
               options: dict | None = None, **settings) -> Runner:
    """Build a runner as the tools do, without what takes time in tests.

    Args:
        tiny: The fixture.
        folder (Path): Work folder.
        launcher (str): As of the tools.
        options (dict): Options of tools/train.py.
        **settings: Settings of the config, by dotted keys.
    """
    hooks = settings.pop('hooks', [])
    cfg = cli.read_config(str(tiny.config), {
        **settings,
        'launcher': launcher,
        'work_dir': str(folder),
        'vis_backends': [],
        'custom_hooks': [dict(type='SyncBuffersHook'), *hooks],
    })
    cli.apply_run_options(
        cfg, argparse.Namespace(**{**OPTIONS, **(options or {})}))
    # Formatting the config takes half a second each time.
    with mock.patch.object(Config, 'pretty_text', ''):
        return cli.build_runner(cfg, verbose=True)


def train_alone(runner: Runner) -> Runner:
    """Train without what mmengine waits for after each epoch."""
    with mock.patch('mmengine.runner.loops.time.sleep'):
        runner.train()
    return runner
