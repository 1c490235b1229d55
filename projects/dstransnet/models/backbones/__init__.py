"""Backbones."""
from .dstransnet_backbone import DSTransNetBackbone
from .residual_backbone import ResidualBackbone

__all__ = ['DSTransNetBackbone', 'ResidualBackbone']
