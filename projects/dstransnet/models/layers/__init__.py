"""Building blocks of DSTransNet, each usable on its own."""
from .activation_checkpointing import run_block
from .central_difference_conv import CentralDifferenceConv2d
from .cfn import CFN, EfficientChannelAttention
from .csce_gate import CSCEGate
from .deform_conv.module import (
    DEFORM_CONV_IMPLS,
    ModulatedDeformConv2d,
    deform_conv_available,
)
from .deform_conv.operators import sampling_positions
from .full_precision import at_least_single, in_single
from .layer_norm2d import ChannelLayerNorm
from .patch_embedding import PatchEmbedding, embed_patches
from .portable_sync_bn import PortableSyncBN
from .rdsf_attention import RDSFAttention, channel_attention_map
from .upsampled_conv import (
    add_convolved,
    conv_skip_and_upsampled,
    fold_upsampling,
    split_kernel,
)
from .wavelet_conv import (
    WTConv2d,
    filter_wavelets,
    haar_analysis,
    haar_synthesis,
)

__all__ = [
    'CFN', 'CSCEGate', 'CentralDifferenceConv2d', 'ChannelLayerNorm',
    'DEFORM_CONV_IMPLS', 'EfficientChannelAttention', 'ModulatedDeformConv2d',
    'PatchEmbedding', 'PortableSyncBN', 'RDSFAttention', 'WTConv2d',
    'add_convolved', 'at_least_single', 'channel_attention_map',
    'conv_skip_and_upsampled', 'deform_conv_available', 'embed_patches',
    'filter_wavelets', 'fold_upsampling', 'haar_analysis', 'haar_synthesis',
    'in_single', 'run_block', 'sampling_positions', 'split_kernel'
]
