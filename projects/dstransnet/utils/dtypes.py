"""Floating-point types by name, and whether a CPU is fast in them."""
from __future__ import annotations

import functools
import logging

import torch
from mmengine.logging import print_log

DTYPES = dict(
    float32=torch.float32, bfloat16=torch.bfloat16, float16=torch.float16)
"""Types of computation by PyTorch's names."""

MIXED_DTYPES = dict(bf16=DTYPES['bfloat16'], fp16=DTYPES['float16'])
"""Types of mixed precision by their short names."""


def usable_dtype(dtype: torch.dtype,
                 device: torch.device | str) -> torch.dtype:
    """Return a type of computation, or float32 where it would be slow.

    oneDNN has no bfloat16 convolutions for CPUs without AVX-512 (or Arm's
    units). PyTorch's own then take 8 times as long as those in float32, so
    the first call with bfloat16 on such a CPU warns.

    Args:
        dtype (torch.dtype): Type of convolutions and matrix products.
        device (torch.device | str): Where they run.

    Examples:
        >>> usable_dtype(torch.bfloat16, 'cuda')
        torch.bfloat16
    """
    if (dtype == torch.bfloat16 and str(device).startswith('cpu')
            and not _cpu_has_bfloat16()):
        return torch.float32
    return dtype


@functools.cache
def _cpu_has_bfloat16() -> bool:
    """Tell whether oneDNN computes in bfloat16 here; warn if it does not."""
    read = getattr(torch.ops.mkldnn, '_is_mkldnn_bf16_supported', None)
    found = read is None or read()  # the operator is none of PyTorch's API
    if not found:
        print_log(
            'bfloat16: PyTorch has no fast convolutions in it on this CPU '
            '(no AVX-512); computing in float32',
            logger='current', level=logging.WARNING)
    return found
