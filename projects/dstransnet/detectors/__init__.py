"""Classical detectors to compare with."""
from .top_hat import (
    Threshold,
    TopHat,
    best_threshold,
    fit_top_hat,
    top_hat_scores,
)

__all__ = [
    'Threshold', 'TopHat', 'best_threshold', 'fit_top_hat', 'top_hat_scores'
]
