"""Classical detectors to compare with."""
from .classical_detector import METHODS, ClassicalDetector
from .decision import relative_to_deviation, relative_to_maximum
from .filters import (
    difference_of_gaussians,
    laplacian_of_gaussian,
    max_median,
    top_hat,
)
from .local_contrast import hbmlcm, lcm, mpcm, rlcm, tllcm, wslcm
from .low_rank import ipi, nram, pstnn, ript
from .top_hat_fit import Threshold, TopHat, best_threshold, fit_top_hat

__all__ = [
    'ClassicalDetector', 'METHODS', 'Threshold', 'TopHat', 'best_threshold',
    'difference_of_gaussians', 'fit_top_hat', 'hbmlcm', 'ipi',
    'laplacian_of_gaussian', 'lcm', 'max_median', 'mpcm', 'nram', 'pstnn',
    'relative_to_deviation', 'relative_to_maximum', 'ript', 'rlcm', 'tllcm',
    'top_hat', 'wslcm'
]
