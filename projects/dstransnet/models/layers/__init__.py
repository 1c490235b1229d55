"""Building blocks of DSTransNet, each usable on its own."""
from .central_difference_conv import CentralDifferenceConv2d
from .cfn import CFN, EfficientChannelAttention
from .channel_layer_norm import ChannelLayerNorm
from .csce_gate import CSCEGate
from .modulated_deform_conv import (
                                    DEFORM_CONV_IMPLS,
                                    ModulatedDeformConv2d,
                                    deform_conv_available,
)
from .portable_sync_bn import PortableSyncBN
from .rdsf_attention import RDSFAttention, channel_attention_map
from .wavelet_conv import WTConv2d, haar_analysis, haar_synthesis

__all__ = [
    'CFN', 'CSCEGate', 'CentralDifferenceConv2d', 'ChannelLayerNorm',
    'DEFORM_CONV_IMPLS', 'EfficientChannelAttention', 'ModulatedDeformConv2d',
    'PortableSyncBN', 'RDSFAttention', 'WTConv2d', 'channel_attention_map',
    'deform_conv_available', 'haar_analysis', 'haar_synthesis'
]
