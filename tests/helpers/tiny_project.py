"""A tiny dataset in SIRST's layout and a tiny network to run tools on."""
import contextlib
import functools
import io
import os
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import mmcv
import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmseg.registry import MODELS

from helpers.process_state import no_global_instances
from projects.dstransnet.models.layers.deform_conv.module import (
    fastest_deform_conv,
)

ROOT = Path(__file__).resolve().parents[2]
BASE = (ROOT / 'configs/dstransnet/'
        'dstransnet-s_1xb4-adam-40e_sirst-256x256.py')
LOGGING = ('train.py', 'test.py', 'demo.py', 'analysis_tools/pd_vs_scr.py',
           'analysis_tools/pick_threshold.py')
"""Tools whose console is called with all that the log file has."""
CONFIG = '''
_base_ = ['{base}']
size = 32
model = dict(
    data_preprocessor=dict(size=(size, size)),
    backbone=dict(base_channels=2),
    neck=dict(in_channels=(2, 4, 8, 16), num_blocks=1),
    decode_head=dict(
        in_channels=(2, 4, 8, 16, 16), stage_channels=(8, 4, 2, 2)))
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadIRSTDMask'),
    dict(type='RandomLongSideResize', size=size),
    dict(type='CenterPad', size=size),
    dict(type='RandomCrop', crop_size=(size, size)),
    dict(type='PackSegInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(size, size), backend='pillow'),
    dict(type='EvaluateAtInputSize'),
    dict(type='LoadIRSTDMask'),
    dict(type='PackSegInputs'),
]
tta_pipeline = [*test_pipeline[:-1], {{{{_base_.dihedral_views}}}}]
data_root = '{data}'
train_dataloader = dict(
    batch_size=2, num_workers=0, persistent_workers=False,
    dataset=dict(data_root=data_root, pipeline=train_pipeline))
val_dataloader = dict(
    num_workers=0, persistent_workers=False,
    dataset=dict(data_root=data_root, pipeline=test_pipeline))
test_dataloader = val_dataloader
train_cfg = dict(max_epochs=2, val_interval=1)
randomness = dict(seed=0)
'''


def write_sirst(root: Path) -> None:
    """Write 6 training and 3 test images of several sizes."""
    rng = np.random.default_rng(0)
    splits = dict(
        trainval=[f'Misc_{n}' for n in range(6)],
        test=[f'Misc_{n}' for n in range(6, 9)])
    (root / 'idx_427').mkdir(parents=True)
    for split, names in splits.items():
        (root / 'idx_427' / f'{split}.txt').write_text('\n'.join(names))
        for number, name in enumerate(names):
            height, width = 40 + 4 * number, 56 - 3 * number
            image = rng.integers(40, 60, (height, width, 3), dtype=np.uint8)
            mask = np.zeros((height, width), np.uint8)
            image[10:14, 20:24] = 250
            mask[10:14, 20:24] = 255
            mmcv.imwrite(image, str(root / 'images' / f'{name}.png'))
            mmcv.imwrite(mask, str(root / 'masks' / f'{name}_pixels0.png'))


def environment(**changes: str) -> dict[str, str]:
    """Return the environment of a command that imports this tree."""
    return {
        **os.environ, 'PYTHONPATH': str(ROOT), 'PYTHON': sys.executable,
        'OMP_NUM_THREADS': '1', 'CUDA_VISIBLE_DEVICES': '', **changes}


def run(*command: object, cwd: Path, **changes: str):
    """Run a command away from the repository, as a user would."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment(**changes),
        capture_output=True,
        text=True,
        timeout=600)


def run_tool(tool: str, *arguments: object, cwd: Path, **changes: str):
    """Run a tool in this process, in another folder and environment."""
    before = os.getcwd()
    os.chdir(cwd)
    try:
        with mock.patch.dict(os.environ, changes):
            return call_tool(tool, *arguments)
    finally:
        os.chdir(before)


def call_tool(tool: str, *arguments: object):
    """Run a tool in this process, which saves the seconds of a new one.

    The tool sees none of mmengine's global instances of earlier runs. The
    memory allocator, whose settings would outlive the tool, is left alone.
    """
    out, err, code = io.StringIO(), io.StringIO(), 0
    words = [str(part) for part in (ROOT / 'tools' / tool, *arguments)]
    if tool in LOGGING:
        words.append('--verbose')
    fastest_deform_conv.cache_clear()  # a new process logs its choice
    with mock.patch.object(sys, 'argv', words), \
            mock.patch.object(sys, 'path', list(sys.path)), \
            no_global_instances(), \
            mock.patch('projects.dstransnet.utils.memory.keep_freed_memory'), \
            contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            runpy.run_path(words[0], run_name='__main__')
        except SystemExit as error:
            code = error.code
    return SimpleNamespace(
        returncode=code, stdout=out.getvalue(), stderr=err.getvalue())


def error_of(result) -> str:
    """Return the one line of error that a tool printed."""
    assert result.returncode == 2, result.stderr
    assert 'Traceback' not in result.stderr
    (line, ) = [line for line in result.stderr.splitlines()
                if line.startswith('error: ') or '.py: error: ' in line]
    return line.partition('error: ')[2]


def write_project(folder: Path) -> SimpleNamespace:
    """Write data, config and random weights; return their paths."""
    data = folder / 'SIRST'
    write_sirst(data)
    config = folder / 'untrained.py'
    config.write_text(CONFIG.format(base=BASE, data=data))
    checkpoint = folder / 'weights.pth'
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(Config.fromfile(config).model)
    torch.save(
        dict(
            state_dict=model.state_dict(),
            meta=dict(epoch=0, iter=0, dataset_meta={})), checkpoint)
    return SimpleNamespace(
        folder=folder, data=data, config=config, checkpoint=checkpoint)


def train_tiny_project(folder: Path) -> SimpleNamespace:
    """Write data and config, train; return the paths and the log."""
    write_sirst(folder / 'SIRST')
    config, work_dir = folder / 'tiny.py', folder / 'run'
    config.write_text(CONFIG.format(base=BASE, data=folder / 'SIRST'))
    result = run_tool('train.py', config, '--work-dir', work_dir, cwd=folder)
    assert result.returncode == 0, result.stderr
    return SimpleNamespace(
        folder=folder,
        config=config,
        work_dir=work_dir,
        checkpoint=work_dir / 'epoch_2.pth',
        log=result.stdout + result.stderr)


@functools.cache
def evaluated(config: Path, checkpoint: Path) -> SimpleNamespace:
    """Evaluate once for all tests; return folder and standard output."""
    folder = config.parent / 'evaluated'
    result = run_tool(
        'test.py', config, checkpoint, '--work-dir', folder, '--out',
        folder / 'out', '--save-scores', '--bootstrap', 20, '--worst-first',
        '--show-dir', folder / 'show', cwd=config.parent)
    assert result.returncode == 0, result.stderr
    return SimpleNamespace(
        out=folder / 'out', show=folder / 'show', stdout=result.stdout)
