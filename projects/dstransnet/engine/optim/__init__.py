"""Optimiser wrappers."""
from .autocast_optim_wrapper import AutocastOptimWrapper
from .mixed_precision import in_precision

__all__ = ['AutocastOptimWrapper', 'in_precision']
