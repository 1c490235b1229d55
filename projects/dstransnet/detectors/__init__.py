"""Classical detectors to compare with."""
from .classical_detector import (
    METHODS,
    ClassicalDetector,
    relative_to_deviation,
    relative_to_maximum,
)
from .filters import (
    TopHat,
    difference_of_gaussians,
    fit_top_hat,
    laplacian_of_gaussian,
    max_median,
    top_hat,
)
from .local_contrast import hbmlcm, lcm, mpcm, rlcm, tllcm, wslcm
from .low_rank import ipi, nram, pstnn, ript

__all__ = [
    'ClassicalDetector', 'METHODS', 'TopHat', 'difference_of_gaussians',
    'fit_top_hat', 'hbmlcm', 'ipi', 'laplacian_of_gaussian', 'lcm',
    'max_median', 'mpcm', 'nram', 'pstnn', 'relative_to_deviation',
    'relative_to_maximum', 'ript', 'rlcm', 'tllcm', 'top_hat', 'wslcm'
]
