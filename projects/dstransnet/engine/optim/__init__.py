"""Optimiser wrappers."""
from .autocast_optim_wrapper import AutocastOptimWrapper
from .mixed_precision import in_precision
from .resumed_settings import ignored_settings

__all__ = ['AutocastOptimWrapper', 'ignored_settings', 'in_precision']
