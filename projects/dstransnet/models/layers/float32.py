"""Promotion to float32 where half precision is too coarse or too small."""
from __future__ import annotations

import torch
from torch import Tensor


def at_least_float32(dtype: torch.dtype) -> torch.dtype:
    """Return float32, or the dtype itself where it is more precise.

    Examples:
        >>> at_least_float32(torch.bfloat16), at_least_float32(torch.float64)
        (torch.float32, torch.float64)
    """
    return torch.promote_types(dtype, torch.float32)


def to_float32(x: Tensor) -> Tensor:
    """Return a tensor in float32, or unchanged where it is more precise."""
    return x.to(at_least_float32(x.dtype))
