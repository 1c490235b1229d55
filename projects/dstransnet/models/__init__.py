"""The network: backbone, neck, decode head, layers; its test-time wrapper."""
import warnings

from .backbones import DSTransNetBackbone
from .decode_heads import CSCEHead, LogitsHead
from .necks import RDSFNeck
from .networks import NetworkBackbone, build_network, list_networks
from .tta import IRSTDTTAModel
from .weight_init import DSTransNetInit

# The release has those biases, and its checkpoints hold them.
warnings.filterwarnings('ignore', 'Unnecessary conv bias before batch')

__all__ = [
    'CSCEHead', 'DSTransNetBackbone', 'DSTransNetInit', 'IRSTDTTAModel',
    'LogitsHead', 'NetworkBackbone', 'RDSFNeck', 'build_network',
    'list_networks'
]
