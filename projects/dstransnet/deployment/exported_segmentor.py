"""A segmentor whose network is an exported file."""
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from mmengine.config import Config, ConfigDict
from mmseg.models.data_preprocessor import SegDataPreProcessor
from mmseg.models.segmentors import EncoderDecoder
from mmseg.registry import MODELS
from torch import Tensor, nn

from ..checkpoint.trust import is_trusted
from ..registry import SCOPE
from ..utils.errors import InputError
from .deploy import RuntimeBackbone, RuntimeHead
from .export_formats import SUFFIXES
from .exported_file import HOLD_CODE, ExportedFile, open_exported
from .exported_network import Normalisation

# Files come from others, and a type may name any function.
_STEPS = ('LoadImageFromFile', 'LoadInfraredImage', 'Resize', 'PillowResize',
          'EvaluateAtInputSize', 'PackSegInputs')
_SCOPES = (None, 'mmseg', SCOPE)
_PREPROCESSING = ('mean', 'std', 'bgr_to_rgb', 'rgb_to_bgr', 'size',
                  'size_divisor', 'pad_val', 'seg_pad_val', 'test_cfg')
_LARGEST_SCORE = 1 - 2**-24  # below 1 in float32


class FileRuntime(nn.Module):
    """Run an exported file on images of any batch size.

    Args:
        file (ExportedFile): The open file.
        normalisation (Normalisation, optional): What images have gone through
            that the file normalises itself. Defaults to None.
    """

    def __init__(self, file: ExportedFile,
                 normalisation: Normalisation | None = None) -> None:
        super().__init__()
        self.file = file
        # Not as a module, whose buffers would count as weights.
        self._undo = None if normalisation is None else normalisation.undo

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, C, H, W), float32 on the CPU, to logits."""
        if self._undo is not None:
            images = self._undo(images)
        batch, *rest = self.file.shape
        for free, side in zip(rest, images.shape[1:]):
            if free not in (None, side):
                raise InputError(
                    'images: the exported file takes (C, H, W) = '
                    f'{tuple(rest)}, got {tuple(images.shape[1:])}; resize '
                    'them, or export with --dynamic')
        out = torch.cat([
            self._run(part) for part in images.split(batch or len(images))])
        if self.file.settings['output'] == 'logits':
            return out
        # The segmentor takes the sigmoid or softmax again.
        if out.shape[1] > 1:
            return out.clamp_min(torch.finfo(out.dtype).tiny).log()
        return out.clamp(1 - _LARGEST_SCORE, _LARGEST_SCORE).logit()

    def _run(self, images: Tensor) -> Tensor:
        """Return the output for at most the batch of the file."""
        missing = (self.file.shape[0] or 0) - len(images)
        if missing <= 0:
            return self.file.run(images)
        padded = torch.cat((images, images[:1].expand(missing, -1, -1, -1)))
        return self.file.run(padded)[:len(images)]


@MODELS.register_module()
class ExportedSegmentor(EncoderDecoder):
    """A segmentor that predicts by an exported file, on the CPU.

    Args:
        file (str): A file that :func:`export_model` wrote.
        test_cfg (dict): See :class:`EncoderDecoder`. Defaults to
            ``dict(mode='whole')``.
        threshold (float, optional): Probability above which a pixel is
            target. Defaults to None, that of the exported head.

    Raises:
        InputError: If it is no such file.
    """

    def __init__(self,
                 file: str,
                 test_cfg: dict = dict(mode='whole'),
                 threshold: float | None = None) -> None:
        exported = open_runnable(file)
        settings = exported.settings
        given = dict(settings.get('data_preprocessor', {}))
        preprocessor = SegDataPreProcessor(
            **{key: given[key] for key in _PREPROCESSING if key in given})
        # Also for a raw file, as zeros around normalised images, which
        # networks are trained with, are other grey levels.
        normalisation = (
            Normalisation(preprocessor) if settings['raw'] else None)
        head = SimpleNamespace(**settings['head'])
        if threshold is not None:
            head.threshold = threshold
        super().__init__(
            backbone=dict(type=RuntimeBackbone,
                          runtime=FileRuntime(exported, normalisation)),
            decode_head=dict(type=RuntimeHead, head=head),
            data_preprocessor=preprocessor,
            test_cfg=ConfigDict(test_cfg))
        self.eval()

    def loss(self, *args: Any, **kwargs: Any) -> dict:
        """Refuse training."""
        raise RuntimeError('an exported file cannot be trained')


def open_runnable(path: str | Path) -> ExportedFile:
    """Open an exported file that may come from others.

    Raises:
        InputError: If it may hold code and is not trusted, or
            :func:`open_exported` cannot read it.
    """
    if Path(path).suffix in HOLD_CODE and Path(path).is_file() and (
            not is_trusted(str(path))):
        raise InputError(f'{path}: reading a file that ends in '
                         f'{" or ".join(HOLD_CODE)} may run code; if you '
                         f'wrote it: --trust-checkpoint {path}')
    return open_exported(path)


def is_exported(path: str | Path) -> bool:
    """Tell whether the suffix is that of a file to predict with."""
    return Path(path).suffix in SUFFIXES.values()


def exported_config(path: str | Path) -> Config:
    """Return a config that predicts by an exported file.

    Args:
        path (str | Path): A file that :func:`export_model` wrote.

    Returns:
        Config: With the ``model``, the ``test_pipeline`` and, if the file
        states it, an IRSTDMetric of its decision; without data sets.

    Raises:
        InputError: If it is no such file, or has no test pipeline, or one of
            other steps than loading, resizing and packing.
    """
    settings = open_runnable(path).settings
    steps = settings.get('pipeline')
    if not steps:
        raise InputError(f'{path}: has no test pipeline, by which images are '
                         'prepared; write it by `dstransnet export`')
    for step in steps:
        if not (isinstance(step, Mapping) and step.get('type') in _STEPS
                and step.get('_scope_') in _SCOPES):
            raise InputError(f'{path}: expected steps of its pipeline among '
                             f'{", ".join(_STEPS)}, got {step}')
    cfg = Config(dict(
        default_scope='mmseg',
        test_pipeline=[dict(step) for step in steps],
        model=dict(type='ExportedSegmentor', file=str(path))))
    decision = settings.get('decision')
    if decision is not None:
        try:
            cfg.test_evaluator = dict(
                type='IRSTDMetric', threshold=float(decision['threshold']),
                connectivity=int(decision['connectivity']))
        except (TypeError, ValueError, LookupError) as error:
            raise InputError(f'{path}: decision: expected threshold and '
                             f'connectivity, got {decision!r}') from error
    return cfg
