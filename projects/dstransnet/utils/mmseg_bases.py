"""Completion of mmseg's model bases beside a dataset of this package.

A file of ``mmseg::_base_/models`` leaves the size of images to the config that
names it, states mean and deviation of other images, and some state windows by
one number, which mmseg cannot use.
"""
from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from mmengine.config import Config
from mmengine.logging import print_log


def completing(init: Callable) -> Callable:
    """Wrap ``Config.__init__`` to call :func:`complete_model` at its end."""

    @functools.wraps(init)
    def completed(self: Config, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        complete_model(self)

    return completed


def complete_model(cfg: Config) -> None:
    """Complete a model whose config says nothing about its images, in place.

    It applies to configs with a ``dataset_preprocessor``, as the files of
    ``configs/_base_/datasets`` have it. Each change prints one line.

    - ``model.data_preprocessor`` without a size takes size, mean and standard
      deviation of the dataset.
    - Windows of ``model.test_cfg`` that are one number become squares.

    Examples:
        >>> cfg = Config(dict(
        ...     dataset_preprocessor=dict(mean=[9], std=[2], size=(64, 64))))
        >>> cfg.model = dict(data_preprocessor=dict(mean=[1], bgr_to_rgb=True))
        >>> complete_model(cfg)
        model.data_preprocessor: no size; takes mean, std, size of the dataset
        >>> cfg.model.data_preprocessor.size
        (64, 64)
    """
    dataset, model = cfg.get('dataset_preprocessor'), cfg.get('model')
    if not isinstance(dataset, Mapping) or not isinstance(model, Mapping):
        return
    settings = model.get('data_preprocessor')
    if isinstance(settings, dict) and not {
            'size', 'size_divisor'} & set(settings):
        settings.update(dataset)
        print_log('model.data_preprocessor: no size; takes '
                  f'{", ".join(dataset)} of the dataset')
    windows = model.get('test_cfg') or {}
    for name in ('crop_size', 'stride'):
        side = windows.get(name)
        if isinstance(side, int):
            windows[name] = (side, side)
            print_log(f'model.test_cfg.{name}: {side} becomes {side, side}')
