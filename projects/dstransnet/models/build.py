"""Builder of the segmentor of a config, with the weights of a checkpoint."""
from __future__ import annotations

import warnings

from mmengine.config import Config
from mmengine.device import get_device
from mmengine.model import revert_sync_batchnorm
from mmengine.registry import init_default_scope
from mmseg.models import BaseSegmentor
from mmseg.registry import MODELS
from torch import nn

from ..checkpoint.reading import read_checkpoint
from ..utils.errors import InputError
from .official_weights import check_weights


def build_segmentor(cfg: Config,
                    checkpoint: str | None = None) -> BaseSegmentor:
    """Build the segmentor of a config on the CPU.

    Synchronised batch norms become ordinary ones, as there is one process.

    Args:
        cfg (Config): Config with a ``model``.
        checkpoint (str, optional): Path of its weights. Without one, layers
            keep their initial weights; ``init_weights``, which may download
            weights, is not called. Defaults to None.

    Returns:
        BaseSegmentor: The segmentor, in training mode.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        InputError: If the config has no segmentor, or none that can be built
            here, or the checkpoint is of another network.
    """
    if cfg.get('model') is None:
        raise InputError('config: expected a setting "model", there is none')
    if cfg.get('data_preprocessor') is not None:  # as the runner does
        cfg.model.setdefault('data_preprocessor', cfg.data_preprocessor)
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    try:
        with warnings.catch_warnings():  # hints on options of losses
            warnings.filterwarnings('ignore', module='mm(seg|engine|cv)')
            model = MODELS.build(cfg.model)
    except Exception as error:  # any type, depending on the config
        raise InputError('config: the model cannot be built '
                         f'({type(error).__name__}: {error})') from error
    if not isinstance(model, BaseSegmentor):
        raise InputError('config: expected a segmentor as model, got '
                         f'{type(model).__name__}')
    if checkpoint is not None:
        content = read_checkpoint(checkpoint, map_location='cpu')
        state = content.get('state_dict', content)
        model.load_state_dict(check_weights(state, model, checkpoint))
    return revert_sync_batchnorm(model)


def check_needs_no_checkpoint(model: nn.Module) -> None:
    """Raise for a network, whose weights have to come from a checkpoint.

    Raises:
        InputError: If the model has weights.
    """
    if model.state_dict():
        raise InputError(f'checkpoint: expected the .pth or .safetensors file '
                         f'of the weights of this {type(model).__name__}, '
                         'got none')


def load_segmentor(cfg: Config,
                   checkpoint: str | None,
                   device: str | None = None) -> BaseSegmentor:
    """Build a config's segmentor for inference, with its trained weights.

    Args:
        cfg (Config): Config with a ``model``.
        checkpoint (str | None): ``.pth`` or ``.safetensors`` file; exactly
            the weights of this network. None for a model without weights.
        device (str, optional): Where to put it. Defaults to None, the GPU
            where there is one.

    Returns:
        BaseSegmentor: The segmentor, in evaluation mode.

    Raises:
        FileNotFoundError, InputError: See :func:`build_segmentor`.
    """
    model = build_segmentor(cfg, checkpoint)
    if checkpoint is None:
        check_needs_no_checkpoint(model)
    return model.to(device or get_device()).eval()
