"""Damaged files and runs of the tools for tables of cases."""
import re
from pathlib import Path

import numpy as np
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmseg.registry import DATASETS
from PIL import Image

from helpers.tiny_project import call_tool

TEST = (6, 7, 8)  # numbers of the test images
ALL = range(9)


def image(data: Path, number: int = 6) -> Path:
    return data / f'images/Misc_{number}.png'


def mask(data: Path, number: int = 6) -> Path:
    return data / f'masks/Misc_{number}_pixels0.png'


def grey(path: Path, shape: tuple = (30, 30), value: int = 0) -> None:
    """Write a PNG of one value."""
    Image.fromarray(np.full(shape, value, np.uint8)).save(path, format='PNG')


def npy(path: Path, values: np.ndarray) -> None:
    """Write NPY under whatever name."""
    with open(path, 'wb') as file:
        np.save(file, values)


def tiff(path: Path, values: np.ndarray) -> None:
    Image.fromarray(values).save(path, format='TIFF')


def damage(path: Path) -> None:
    """Invert bytes in the middle of a file, where its pixels are."""
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle:middle + 40] = bytes(
        255 - byte for byte in data[middle:middle + 40])
    path.write_bytes(data)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-30])


def floats(value: float) -> np.ndarray:
    """Return float32 pixels, one of which is ``value``."""
    pixels = np.ones((20, 20), np.float32)
    pixels[3, 3] = value
    return pixels


def run_test(project, *more: object):
    return call_tool('test.py', project.config, project.checkpoint,
                     '--work-dir', project.work_dir, *more)


def run_train(project, *more: object):
    return call_tool('train.py', project.config, '--work-dir',
                     project.work_dir, '--cfg-options',
                     'train_cfg.max_epochs=1', *more)


def assert_trains(project) -> None:
    """Train by one epoch, whose losses FiniteLossHook looks at."""
    result = run_train(project, 'train_cfg.val_interval=9',
                       'default_hooks.checkpoint.save_best=None')
    assert result.returncode == 0, result.stderr
    assert (project.work_dir / 'epoch_1.pth').is_file()


def metric(result, name: str) -> float:
    """Return a metric of the table that a tool printed."""
    assert result.returncode == 0, result.stderr
    found = re.search(rf'\| {name} +\| +(\S+)', result.stdout)
    return float(found[1])


def error_lines(result) -> str:
    """Return the error that a tool printed, of one or several lines."""
    assert result.returncode == 2, result.stderr
    assert 'Traceback' not in result.stderr
    return result.stderr.split('error: ')[1]


def load(project, split: str) -> list[dict]:
    """Return the samples of a split as its pipeline gives them."""
    settings = Config.fromfile(project.config)[f'{split}_dataloader']
    with DefaultScope.overwrite_default_scope('mmseg'):
        dataset = DATASETS.build(settings.dataset)
        return [dataset[index] for index in range(len(dataset))]
