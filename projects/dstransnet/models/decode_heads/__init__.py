"""Decode heads."""
from .csce_head import CSCEHead

__all__ = ['CSCEHead']
