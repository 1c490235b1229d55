"""Classical detectors to compare with."""
from .filters import (
    difference_of_gaussians,
    laplacian_of_gaussian,
    max_median,
    top_hat,
)
from .local_contrast import hbmlcm, lcm, mpcm, rlcm, tllcm, wslcm
from .top_hat_fit import Threshold, TopHat, best_threshold, fit_top_hat

__all__ = [
    'Threshold', 'TopHat', 'best_threshold', 'difference_of_gaussians',
    'fit_top_hat', 'hbmlcm', 'laplacian_of_gaussian', 'lcm', 'max_median',
    'mpcm', 'rlcm', 'tllcm', 'top_hat', 'wslcm'
]
