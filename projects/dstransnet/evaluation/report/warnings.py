"""Warnings about metrics that are easily misread."""
from __future__ import annotations

import numpy as np

from .evaluation_result import EvaluationResult

ZERO_SHARE = 0.1
"""Background pixels with a score of 0 that are worth a warning, in %."""


def result_warnings(result: EvaluationResult) -> list[str]:
    """Return warnings that belong beside the metrics of a result.

    - AUC, if background pixels have scores at or below the lowest threshold.
      The swept curve does not reach (1, 1) then, and the area beyond its end
      is lost.
    - nIoU, if images without target and prediction count as 0. A perfect
      prediction does not reach 100 % then.

    Examples:
        >>> result = EvaluationResult(
        ...     dict(AUC=0.04, AUC_exact=0.95),
        ...     dict(threshold=np.array([0., 1.]), FPR=np.array([4., 0.])))
        >>> print(result_warnings(result)[0])
        AUC 0.0400 leaves out 96.00 % of the background, whose scores are at \
most 0 (8-bit score maps, for example); AUC_exact 0.9500 does not
    """
    found = []
    rates = result.curves.get('FPR', np.zeros(0))
    lost = 100 - rates[0] if rates.size else 0
    if lost > ZERO_SHARE and np.isfinite(result.metrics.get('AUC', np.nan)):
        exact = result.metrics['AUC_exact']
        found.append(
            f'AUC {result.metrics["AUC"]:.4f} leaves out {lost:.2f} % of the '
            'background, whose scores are at most '
            f'{result.curves["threshold"][0]:g} (8-bit score maps, for '
            'example)' + (f'; AUC_exact {exact:.4f} does not'
                          if np.isfinite(exact) else ''))
    empty = sum(image.targets == 0 for image in result.images)
    if (empty and 'nIoU' in result.metrics
            and result.settings.get('nIoU_empty') == 'zero'):
        number = len(result.images)
        ceiling = 100 * (number - empty) / number
        found.append(
            f'nIoU counts an image without target and prediction as 0, and '
            f'{empty} of {number} images have no target: a perfect '
            f'prediction reaches {ceiling:.2f} %; nIoU_target is over images '
            'with a target')
    return found
