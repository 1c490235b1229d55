"""The prediction of one image."""
from __future__ import annotations

import dataclasses
import functools

import numpy as np

from ..evaluation import Detections, scored_components
from ..imaging.components import Components, connected_components
from ..utils.errors import InputError


@dataclasses.dataclass(frozen=True)
class Prediction:
    """Scores of an image, with its mask and detections.

    Attributes:
        name (str): Path of the image, or 'frame N' of a stream.
        scores (np.ndarray): Target probability of each pixel, float32 of
            shape (H, W).
        threshold (float): A pixel is target where its score is above.
        connectivity (int): Of the components, 8 or 4. Defaults to 8.

    Raises:
        InputError: If a score is NaN.

    Examples:
        >>> found = Prediction('a.png', np.float32([[0, .6, .9]]), 0.5)
        >>> found.mask.tolist(), found.components.areas.tolist()
        ([[False, True, True]], [2])
        >>> found.detections.points.tolist()
        [[0.0, 1.5]]
    """
    name: str
    scores: np.ndarray
    threshold: float
    connectivity: int = 8

    def __post_init__(self) -> None:
        if np.isnan(self.scores).any():
            raise InputError(f'{self.name}: the model predicts NaN')

    @property
    def mask(self) -> np.ndarray:
        """True on targets, bool of shape (H, W)."""
        return self.scores > self.threshold

    @functools.cached_property
    def components(self) -> Components:
        """The connected components of the mask, with their areas."""
        return connected_components(self.mask, self.connectivity)

    @functools.cached_property
    def detections(self) -> Detections:
        """Centroid, box and largest score of each of the components."""
        return scored_components(self.components, self.scores)
