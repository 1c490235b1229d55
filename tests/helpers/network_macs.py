"""Multiply-accumulate operations of a network in plain PyTorch."""
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from projects.dstransnet.models.layers import ModulatedDeformConv2d


@torch.no_grad()
def network_macs(network: nn.Module, sides: bool = False) -> int:
    """Operations for one image of 256 x 256; the network loses its weights."""
    for module in network.to('meta', torch.float32).eval().modules():
        if isinstance(module, ModulatedDeformConv2d):
            module.impl = 'torch'  # compiled operators cannot be counted
    images = torch.empty(1, network.in_channels, 256, 256, device='meta')
    with FlopCounterMode(display=False) as counter:
        network(images, sides=sides)
    return counter.get_total_flops() // 2
