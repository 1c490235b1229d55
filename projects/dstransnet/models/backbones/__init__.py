"""Backbones."""
from .dstransnet_backbone import DSTransNetBackbone

__all__ = ['DSTransNetBackbone']
