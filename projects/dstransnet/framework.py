"""Changes that this package makes in mmengine and mmseg."""
from __future__ import annotations

from mmengine.config import Config
from mmengine.config.utils import MODULE2PACKAGE
from mmengine.infer import BaseInferencer
from mmengine.runner.checkpoint import CheckpointLoader
from mmseg.registry import TRANSFORMS

from .checkpoint.config_guard import require_config
from .checkpoint.loaders import SCHEMES
from .imaging.eight_bit_loading import LoadImageFromFile, LoadImageFromNDArray
from .utils.mmseg_bases import completing


def adapt_framework() -> None:
    """Make mmengine and mmseg read files safely and unchanged.

    - Checkpoints are read as data: every address goes to a loader of
      :mod:`.checkpoint.loaders`, none of which runs code in a file.
    - Inferencers ask for a config instead of running the one inside of a
      checkpoint (:mod:`.checkpoint.config_guard`).
    - ``LoadImageFromFile`` and ``LoadImageFromNDArray`` of mmseg's scope are
      those of :mod:`.imaging.eight_bit_loading`, which ignore orientation
      tags and refuse more than 8 bits. mmcv's class stays as it is.
    - ``mmseg::`` in the ``_base_`` of a config finds mmseg by the name of its
      module; mmengine looks for a distribution named mmsegmentation, and
      there are others (onedl-mmsegmentation).
    - A config that joins a model of mmseg and a dataset of this package gets
      the dataset's size, mean and deviation (:mod:`.utils.mmseg_bases`).
    """
    for prefix, read in SCHEMES.items():
        CheckpointLoader.register_scheme(prefix, loader=read, force=True)
    BaseInferencer._init_model = require_config(BaseInferencer._init_model)
    MODULE2PACKAGE['mmseg'] = 'mmseg'
    Config.__init__ = completing(Config.__init__)
    for loader in (LoadImageFromFile, LoadImageFromNDArray):
        TRANSFORMS.register_module(module=loader, force=True)
