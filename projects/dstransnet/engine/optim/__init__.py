"""Optimiser wrappers."""
from .autocast_optim_wrapper import AutocastOptimWrapper
from .mixed_precision import in_precision
from .resumed_settings import StatedSettings

__all__ = ['AutocastOptimWrapper', 'StatedSettings', 'in_precision']
