"""Detection of hooks on layers that are computed in another form."""
from __future__ import annotations

from torch import nn


def has_hooks(layer: nn.Module) -> bool:
    """Tell whether forward or backward hooks are registered on a layer.

    Some convolutions of the network are computed from their weights in a
    faster form, in which the layer itself is not called. Profilers, operation
    counters, Grad-CAM and pruning hook on the layer: it is called then, and
    results differ by rounding only.

    Examples:
        >>> layer = nn.ReLU()
        >>> hook = layer.register_forward_hook(print)
        >>> has_hooks(layer), has_hooks(nn.ReLU())
        (True, False)
    """
    return bool(layer._forward_hooks or layer._forward_pre_hooks
                or layer._backward_hooks or layer._backward_pre_hooks)
