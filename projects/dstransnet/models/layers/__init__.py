"""Building blocks of DSTransNet, each usable on its own."""
from .activation_checkpointing import activation_checkpoint
from .central_difference_conv import CentralDifferenceConv2d
from .cfn import CFN, EfficientChannelAttention
from .csce_gate import CSCEGate
from .deform_conv.module import (
    DEFORM_CONV_IMPLS,
    ModulatedDeformConv2d,
    deform_conv2d,
    deform_conv_available,
)
from .deform_conv.operators import sampling_positions
from .depthwise_conv import DepthwiseConv2d, depthwise_conv2d
from .layer_norm2d import LayerNorm2d
from .module_hooks import has_hooks, module_outputs
from .patch_embedding import PatchEmbedding, embed_patches
from .portable_sync_bn import PortableSyncBN
from .rdsf_attention import (
    CrossScaleAttention,
    RDSFAttention,
    channel_attention_map,
)
from .tensors import (
    at_least_float32,
    check_image_size,
    grey_channel,
    to_float32,
)
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
    'CFN', 'CSCEGate', 'CentralDifferenceConv2d', 'CrossScaleAttention',
    'DEFORM_CONV_IMPLS', 'DepthwiseConv2d', 'EfficientChannelAttention',
    'LayerNorm2d', 'ModulatedDeformConv2d', 'PatchEmbedding', 'PortableSyncBN',
    'RDSFAttention', 'WTConv2d', 'activation_checkpoint', 'add_convolved',
    'at_least_float32', 'channel_attention_map', 'check_image_size',
    'conv_skip_and_upsampled', 'deform_conv2d', 'deform_conv_available',
    'depthwise_conv2d', 'embed_patches', 'filter_wavelets', 'fold_upsampling',
    'grey_channel', 'haar_analysis', 'haar_synthesis', 'has_hooks',
    'module_outputs', 'sampling_positions', 'split_kernel', 'to_float32'
]
