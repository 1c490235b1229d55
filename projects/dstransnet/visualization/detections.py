"""Pictures of detections: the whole image, and findings enlarged."""
from __future__ import annotations

import numpy as np

from ..evaluation import MATCH_DISTANCE
from .findings import find
from .insets import MOST_INSETS, choose, inset_rows
from .layout import caption, stacked
from .panels import panel_row
from .view import checked_image


def draw_detections(image: np.ndarray,
                    prediction: np.ndarray,
                    target: np.ndarray | None = None,
                    scores: np.ndarray | None = None,
                    *,
                    match: str = 'centroid',
                    distance: float = MATCH_DISTANCE,
                    connectivity: int = 8) -> np.ndarray:
    """Draw image, ground truth, scores and result, and close-ups below.

    The result shows detected targets in blue, missed targets in yellow and
    false alarms in red, by the matching rule of the metrics. Up to 12 of them
    are enlarged below, with the outlines of ground truth and prediction;
    misses and false alarms take precedence over hits. Without ground truth,
    every detection is blue.

    Args:
        image (np.ndarray): Image of shape (H, W) or (H, W, 3), uint8, RGB.
        prediction (np.ndarray): Predicted mask of shape (H, W); non-zero
            pixels count.
        target (np.ndarray, optional): Ground truth of shape (H, W), likewise.
            Defaults to None.
        scores (np.ndarray, optional): Scores in [0, 1] of shape (H, W), shown
            as a heat map. Defaults to None.
        match (str): ``'centroid'`` or ``'overlap'``: see
            :func:`match_components`. Defaults to ``'centroid'``.
        distance (float): Matching distance in pixels. Defaults to 3.
        connectivity (int): 8 or 4. Defaults to 8.

    Returns:
        np.ndarray: RGB picture of shape (rows, columns, 3), uint8.

    Raises:
        ValueError: If the sizes differ, scores are outside [0, 1], or an
            option is outside its values.

    Examples:
        >>> mask = np.zeros((64, 64), np.uint8)
        >>> mask[8:11, 20:23] = 1
        >>> draw_detections(200 * mask, mask, mask).shape[1:]  # three panels
        (1552, 3)
    """
    image = checked_image(image)
    for name, array in (('prediction', prediction), ('target', target),
                        ('scores', scores)):
        if array is not None and array.shape != image.shape[:2]:
            raise ValueError(f'{name} must have the size of the image, '
                             f'{image.shape[:2]}, got {array.shape}')
    # Written so that NaN is refused.
    if scores is not None and not ((scores >= 0) & (scores <= 1)).all():
        raise ValueError('scores must be within [0, 1], got '
                         f'{scores.min()} to {scores.max()}')
    findings = find(prediction, target, match, distance, connectivity)
    shown = choose(findings, MOST_INSETS)
    panels = panel_row(image, target, scores, findings, shown)
    width = panels.shape[1]
    if findings:
        below = inset_rows(shown, findings, image, prediction, target, width)
    else:
        text = 'no targets, ' * (target is not None) + 'no detections'
        below = [caption(text, width)]
    return stacked((panels, *below))
