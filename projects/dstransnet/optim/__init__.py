"""Optimiser wrappers."""
from .autocast_optim_wrapper import AutocastOptimWrapper
from .precision import in_precision

__all__ = ['AutocastOptimWrapper', 'in_precision']
