"""The network: backbone, neck, decode head and their layers."""
from .backbones import DSTransNetBackbone
from .decode_heads import CSCEHead
from .necks import RDSFNeck
from .weight_init import DSTransNetInit

__all__ = ['CSCEHead', 'DSTransNetBackbone', 'DSTransNetInit', 'RDSFNeck']
