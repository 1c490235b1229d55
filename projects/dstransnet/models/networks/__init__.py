"""Networks of the field in plain PyTorch, one file each."""
from . import (  # noqa: F401 (registers them)
    acm,
    agpcnet,
    dnanet,
    dstransnet,
    istdunet,
    lw_dstransnet,
    mshnet,
    rdian,
    repisdnet,
    rpcanet,
    sctransnet,
    serankdet,
    uiunet,
    unet,
)
from .network_backbone import NetworkBackbone
from .registry import (
    NetworkInfo,
    build_network,
    list_networks,
    network_info,
    register_network,
)

__all__ = [
    'NetworkBackbone', 'NetworkInfo', 'build_network', 'list_networks',
    'network_info', 'register_network'
]
