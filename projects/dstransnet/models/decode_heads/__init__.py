"""Decode heads."""
from .csce_head import CSCEHead
from .logits_head import LogitsHead

__all__ = ['CSCEHead', 'LogitsHead']
