"""Networks, their losses, and the wrapper for test-time augmentation.

DSTransNet is in ``backbones``, ``necks`` and ``decode_heads``; other networks
of the field, and DSTransNet without MMSegmentation, are in ``networks``.
"""
import warnings

from .backbones import DSTransNetBackbone, ResidualBackbone
from .decode_heads import CSCEHead, LogitsHead
from .distilled_segmentor import DistilledEncoderDecoder
from .losses import (
    BinaryCrossEntropyLoss,
    BinaryDiceLoss,
    BinaryFocalLoss,
    PMIFDLoss,
    SLCDLoss,
    SLSLoss,
    SoftIoULoss,
    TOMDLoss,
)
from .necks import RDSFNeck
from .networks import NetworkBackbone, build_network, list_networks
from .segmentor_check import check_segmentor
from .tta import IRSTDTTAModel
from .weight_init import DSTransNetInit

# The release has those biases, and its checkpoints hold them.
warnings.filterwarnings('ignore', 'Unnecessary conv bias before batch')

__all__ = [
    'BinaryCrossEntropyLoss', 'BinaryDiceLoss', 'BinaryFocalLoss', 'CSCEHead',
    'DSTransNetBackbone', 'DSTransNetInit', 'DistilledEncoderDecoder',
    'IRSTDTTAModel', 'LogitsHead', 'NetworkBackbone', 'PMIFDLoss', 'RDSFNeck',
    'ResidualBackbone', 'SLCDLoss', 'SLSLoss', 'SoftIoULoss', 'TOMDLoss',
    'build_network', 'check_segmentor', 'list_networks'
]
