"""Changes that this package makes in mmengine and mmseg."""
from __future__ import annotations

from mmengine.config.utils import MODULE2PACKAGE
from mmengine.infer import BaseInferencer
from mmengine.runner.checkpoint import CheckpointLoader
from mmseg.registry import TRANSFORMS

from .checkpoint.config_guard import require_config
from .checkpoint.loaders import SCHEMES
from .imaging.image_loader import LoadImageFromFile


def adapt_framework() -> None:
    """Make mmengine and mmseg read files safely and unchanged.

    - Checkpoints are read as data: every address goes to a loader of
      :mod:`.checkpoint.loaders`, none of which runs code in a file.
    - Inferencers ask for a config instead of running the one inside of a
      checkpoint (:mod:`.checkpoint.config_guard`).
    - ``LoadImageFromFile`` of mmseg's scope is
      :class:`.imaging.image_loader.LoadImageFromFile`, which ignores
      orientation tags and refuses files of more than 8 bits. mmcv's class
      stays as it is.
    - ``mmseg::`` in the ``_base_`` of a config finds mmseg by the name of its
      module; mmengine looks for a distribution named mmsegmentation, and
      there are others (onedl-mmsegmentation).
    """
    for prefix, loader in SCHEMES.items():
        CheckpointLoader.register_scheme(prefix, loader=loader, force=True)
    BaseInferencer._init_model = require_config(BaseInferencer._init_model)
    MODULE2PACKAGE['mmseg'] = 'mmseg'
    TRANSFORMS.register_module(module=LoadImageFromFile, force=True)
