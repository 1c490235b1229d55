"""Detection by the difficulty of targets: which targets are missed."""
from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ...imaging.components import Components, component_boxes
from ...imaging.signal_to_clutter import target_contrasts
from .formulas import ratio, wilson_interval

EDGES: Mapping[str, tuple[float, ...]] = {
    'area': (1, 5, 10, 26, 81),
    'SCR': (-math.inf, 2, 5, 10, 20),
    'border': (0, 1, 8, 32),
    'targets': (1, 2, 3, 5),
}
"""Lower edges of the bins of each property of a target, inclusive; the last
bin has no upper edge."""


@dataclasses.dataclass(frozen=True)
class DifficultyRecord:
    """Targets of one image: their difficulty, and whether they were detected.

    Attributes:
        properties (dict[str, np.ndarray]): Of each target, by the names of
            :data:`EDGES`: area in pixels, local signal-to-clutter ratio (NaN
            if unknown), pixels between it and the border of the image, and
            targets in the image; float64 of shape (T, ).
        detected (dict[str, np.ndarray]): Whether each is detected, by the
            name of the measure; bool of shape (T, ).
        ious (np.ndarray): IoU with the component that it takes in the
            hierarchical matching; NaN without one; float64 of shape (T, ).
    """
    properties: Mapping[str, np.ndarray]
    detected: Mapping[str, np.ndarray]
    ious: np.ndarray


@dataclasses.dataclass(frozen=True)
class DifficultyBin:
    """Targets of similar difficulty.

    Attributes:
        by (str): Property, one of :data:`EDGES`.
        low (float): Lower edge, inclusive.
        high (float): Upper edge, exclusive. Both edges are NaN for targets
            whose property is unknown.
        targets (int): Targets in between.
        detected (dict[str, int]): Those detected, by the name of the measure:
            ``Pd``, ``Pd_OPDC``, ``Pd_shooting``.
        seg_IoU (float): Mean IoU of those with a component in the
            hierarchical matching, %; NaN without any.
    """
    by: str
    low: float
    high: float
    targets: int
    detected: Mapping[str, int]
    seg_IoU: float

    @property
    def label(self) -> str:
        """The bin in words, whole numbers but for SCR.

        Examples:
            >>> DifficultyBin('area', 5, 10, 1, {}, 50.).label
            '5 to 9'
            >>> DifficultyBin('SCR', -math.inf, 2, 1, {}, 50.).label
            'below 2'
        """
        if math.isnan(self.low):
            return 'unknown'
        if math.isinf(self.high):
            return f'{self.low:g} or more'
        if math.isinf(self.low):
            return f'below {self.high:g}'
        last = self.high if self.by == 'SCR' else self.high - 1
        return f'{self.low:g} to {last:g}' if last > self.low else f'{last:g}'

    def rate(self, name: str) -> float:
        """Return the detection rate by a measure, %; NaN without targets."""
        return 100 * ratio(self.detected[name], self.targets)

    def interval(self, name: str) -> tuple[float, float]:
        """Return the 95 % interval of :meth:`rate` (Wilson), %."""
        low, high = wilson_interval(self.detected[name], self.targets)
        return 100 * low, 100 * high


def target_properties(
        targets: Components,
        image: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Return the properties of :class:`DifficultyRecord` of T targets.

    SCR is NaN without the image, intensities of shape (H, W).

    Examples:
        >>> from projects.dstransnet.imaging.components import (
        ...     connected_components)
        >>> found = target_properties(connected_components(np.eye(9)[:, 1:]))
        >>> found['area'].tolist(), found['border'].tolist()
        ([8.0], [0.0])
    """
    boxes = component_boxes(targets)
    margins = np.concatenate(
        [boxes[:, :2], np.array(targets.labels.shape) - boxes[:, 2:]], axis=1)
    return dict(
        area=targets.areas.astype(np.float64),
        SCR=np.full(len(targets), np.nan) if image is None
        else target_contrasts(image, targets),
        border=margins.min(1),
        targets=np.full(len(targets), float(len(targets))))


def split_by_difficulty(
        images: Iterable[DifficultyRecord],
        edges: Mapping[str, Sequence[float]] = EDGES) -> list[DifficultyBin]:
    """Count detected targets in bins of each property.

    Args:
        images (Iterable[DifficultyRecord]): One record an image.
        edges (Mapping[str, Sequence[float]]): Increasing lower edges of the
            bins, by property. Defaults to :data:`EDGES`.

    Returns:
        list[DifficultyBin]: Bins of each property in order, also those
        without targets; behind them one of targets whose property is
        unknown, if there are any. Empty without images.
    """
    images = list(images)
    if not images:
        return []
    detected = {
        name: np.concatenate([image.detected[name] for image in images])
        for name in images[0].detected
    }
    ious = np.concatenate([image.ious for image in images])
    bins = []
    for by, cuts in edges.items():
        values = np.concatenate([image.properties[by] for image in images])
        unknown = np.isnan(values)
        limits = list(zip(cuts, [*cuts[1:], math.inf]))
        if unknown.any():
            limits.append((math.nan, math.nan))
        for low, high in limits:
            inside = unknown if math.isnan(low) else (
                (low <= values) & (values < high))
            known = ious[inside & ~np.isnan(ious)]
            bins.append(DifficultyBin(
                by=by,
                low=float(low),
                high=float(high),
                targets=int(inside.sum()),
                detected={name: int(hits[inside].sum())
                          for name, hits in detected.items()},
                seg_IoU=100 * ratio(math.fsum(known), known.size)))
    return bins
