"""Sizes, counts and inputs of networks that are measured."""
from __future__ import annotations

from typing import Any

import torch
from mmengine.config import Config
from mmseg.models import BaseSegmentor
from torch import nn


def input_channels(cfg: Config) -> int:
    """Return the channels of a config's images, 3 unless it says otherwise."""
    return cfg.model.get('backbone', {}).get('in_channels', 3)


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
