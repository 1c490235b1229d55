"""Building the network of any config."""
from __future__ import annotations

from typing import Any

import torch
from mmengine.config import Config
from mmengine.model import revert_sync_batchnorm
from mmengine.registry import init_default_scope
from mmseg.models import BaseSegmentor
from mmseg.registry import MODELS
from torch import nn

from ..checkpoint import check_state_dict, read_checkpoint
from ..errors import InputError


def build_segmentor(cfg: Config,
                    checkpoint: str | None = None) -> BaseSegmentor:
    """Build the segmentor of a config on the CPU.

    Batch norms that synchronise processes become ordinary ones, as there is
    one process.

    Args:
        cfg (Config): Config with a ``model``.
        checkpoint (str, optional): Path of its weights. Without, they are
            what the layers start from; ``init_weights``, which may download
            some, is not called. Defaults to None.

    Returns:
        BaseSegmentor: The segmentor, in training mode.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        InputError: If the config has no segmentor, or none that can be built
            here, or the checkpoint is of another network.
    """
    if cfg.get('model') is None:
        raise InputError('config: expected a setting "model", there is none')
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    try:
        model = MODELS.build(cfg.model)
    except Exception as error:  # of many types, by what the config has
        raise InputError('config: the model cannot be built '
                         f'({type(error).__name__}: {error})') from error
    if not isinstance(model, BaseSegmentor):
        raise InputError('config: expected a segmentor as model, got '
                         f'{type(model).__name__}')
    if checkpoint is not None:
        content = read_checkpoint(checkpoint, map_location='cpu')
        state = content.get('state_dict', content)
        check_state_dict(state, model, checkpoint)
        model.load_state_dict(
            {key.removeprefix('module.'): state[key] for key in state})
    return revert_sync_batchnorm(model)


def input_channels(cfg: Config) -> int:
    """Return the channels of a config's images, 3 unless it says otherwise."""
    return cfg.model.get('backbone', {}).get('in_channels', 3)


def input_size(cfg: Config) -> tuple[int, int]:
    """Return height and width that a config trains at, or 256 x 256."""
    size = (cfg.model.get('data_preprocessor') or {}).get('size')
    return (256, 256) if size is None else (size[0], size[1])


def label_count(model: BaseSegmentor) -> int:
    """Return the number of classes of a segmentor's masks."""
    head: Any = model.decode_head
    cascade = isinstance(head, nn.ModuleList)
    return (head[-1] if cascade else head).num_classes


def parameter_count(model: nn.Module) -> int:
    """Return the number of values in the parameters of a network."""
    return sum(value.numel() for value in model.parameters())


def random_images(cfg: Config, batch: int, height: int,
                  width: int) -> torch.Tensor:
    """Draw normalised images of shape (N, C, H, W), always the same ones."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn(
        batch, input_channels(cfg), height, width, generator=generator)
