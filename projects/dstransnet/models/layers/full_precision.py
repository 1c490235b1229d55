"""What half precision is too coarse, or too small, for."""
from __future__ import annotations

import torch
from torch import Tensor


def at_least_single(dtype: torch.dtype) -> torch.dtype:
    """Return float32, or the type itself where it is more precise.

    Examples:
        >>> at_least_single(torch.bfloat16), at_least_single(torch.float64)
        (torch.float32, torch.float64)
    """
    return torch.promote_types(dtype, torch.float32)


def in_single(x: Tensor) -> Tensor:
    """Return a tensor in float32, or as it is where that is more precise."""
    return x.to(at_least_single(x.dtype))
