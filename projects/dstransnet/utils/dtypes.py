"""Floating-point types by the names of options."""
import torch

DTYPES = dict(
    float32=torch.float32, bfloat16=torch.bfloat16, float16=torch.float16)
"""Types of computation by PyTorch's names."""

MIXED_DTYPES = dict(bf16=DTYPES['bfloat16'], fp16=DTYPES['float16'])
"""Types of mixed precision by their short names."""
