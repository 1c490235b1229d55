"""Local contrast and detection of every target: a metric, and bins of it."""
from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from mmengine.evaluator import BaseMetric
from mmseg.registry import METRICS

from ..imaging.components import connected_components
from ..imaging.signal_to_clutter import target_contrasts
from ..utils.errors import InputError
from .functional.counts import DetectionCounts
from .functional.formulas import pooled_metrics, ratio, wilson_interval
from .input_image import read_input
from .irstd_metric import checked_sample
from .protocol import EvaluationProtocol
from .scene import Scene

SCR_EDGES = (0., 1., 2., 3., 4., 5., 6., 8., 10., 15., 20.)
"""Edges of the bins of :func:`pd_over_scr`; first and last are open."""


class TargetRecords(NamedTuple):
    """All targets of a dataset.

    Attributes:
        counts (DetectionCounts): Sums over images, at each of L levels.
        levels (np.ndarray): Thresholds, shape (L, ).
        scr (np.ndarray): Local signal-to-clutter ratio of each of T targets.
        area (np.ndarray): Pixels of each target, shape (T, ).
        detected (np.ndarray): Bool of shape (T, L).
    """
    counts: DetectionCounts
    levels: np.ndarray
    scr: np.ndarray
    area: np.ndarray
    detected: np.ndarray


@METRICS.register_module()
class TargetContrastMetric(BaseMetric):
    """Local contrast of every target, and whether it is detected.

    The contrast is the signal-to-clutter ratio (SCR) of :func:`local_scr` in
    the image file, resized to the size of the evaluation if it differs.
    Reports ``targets`` and ``Pd`` at the threshold of the protocol. All
    records are in :attr:`records` of the main process after an evaluation.

    Args:
        protocol (dict): Arguments of :class:`EvaluationProtocol`. Defaults to
            none.
        reading (dict): How image files are read: ``page``, ``raw`` and
            ``backend_args`` of :func:`read_infrared`. Defaults to none.
        **kwargs: Passed on to :class:`mmengine.evaluator.BaseMetric`.
    """

    default_prefix = 'contrast'

    def __init__(self,
                 protocol: dict | None = None,
                 reading: dict | None = None,
                 **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.reading = dict(reading or {})
        self.protocol = EvaluationProtocol(**(protocol or {}))
        self.records: TargetRecords | None = None

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Measure the targets of each sample of a batch.

        Raises:
            InputError: See :func:`checked_sample`; or if there is no readable
                image.
        """
        rules = self.protocol
        for sample in data_samples:
            scores, truth = checked_sample(sample, 'TargetContrastMetric')
            path = sample.get('img_path')
            if not path:
                raise InputError('a sample: TargetContrastMetric needs its '
                                 'image, and it has no img_path')
            targets = connected_components(truth, rules.connectivity)
            counts, detected = Scene(
                rules, scores, targets).sweep
            image = read_input(path, truth.shape, self.reading)
            self.results.append((counts, target_contrasts(image, targets),
                                 targets.areas, detected))

    def compute_metrics(self, results: Sequence[tuple]) -> dict[str, float]:
        """Join the records of all samples."""
        counts, scr, area, detected = zip(*results)
        self.records = TargetRecords(
            counts=sum(counts, DetectionCounts()),
            levels=self.protocol.levels,
            scr=np.concatenate(scr),
            area=np.concatenate(area),
            detected=np.concatenate(detected))
        return dict(
            targets=float(len(self.records.scr)),
            Pd=100 * ratio(
                int(self.records.detected[:, self.protocol.position].sum()),
                len(self.records.scr)))

    def curves(self) -> dict[str, np.ndarray]:
        """Return the pooled metrics at every level, like a result's curves."""
        assert self.records is not None, 'evaluate first'
        return dict(
            threshold=self.records.levels,
            **pooled_metrics(self.records.counts))


class ScrBin(NamedTuple):
    """Targets of similar contrast.

    Attributes:
        low (float): Lower edge of the ratio, inclusive.
        high (float): Upper edge, exclusive.
        targets (int): Targets in between.
        detected (int): Those detected.
        Pd (float): Detected targets, %; NaN without targets.
        Pd_low (float): Lower end of its 95 % interval, %.
        Pd_high (float): Upper end, %.
    """
    low: float
    high: float
    targets: int
    detected: int
    Pd: float
    Pd_low: float
    Pd_high: float


def pd_over_scr(scr: np.ndarray,
                detected: np.ndarray,
                edges: Sequence[float] = SCR_EDGES) -> list[ScrBin]:
    """Compute the detection probability in bins of contrast.

    Args:
        scr (np.ndarray): Ratio of each target, shape (T, ); NaN is ignored.
        detected (np.ndarray): Whether each is detected, bool of shape (T, ).
        edges (Sequence[float]): Increasing edges of the bins; the first and
            last of the ``len(edges) + 1`` bins are open.

    Raises:
        ValueError: If the edges do not increase, or shapes differ.

    Examples:
        >>> scr, found = np.array([0.5, 2, 2.5]), np.array([0, 1, 1])
        >>> [(each.targets, each.Pd) for each in pd_over_scr(scr, found, [1])]
        [(1, 0.0), (2, 100.0)]
    """
    cuts = np.asarray(edges, np.float64)
    if cuts.ndim != 1 or not cuts.size or not (np.diff(cuts) > 0).all():
        raise ValueError(f'edges must increase, got {cuts.tolist()}')
    scr, detected = np.asarray(scr), np.asarray(detected) != 0
    if scr.shape != detected.shape:
        raise ValueError('scr and detected must have one shape, got '
                         f'{scr.shape} and {detected.shape}')
    known = ~np.isnan(scr)
    place = np.searchsorted(cuts, scr[known], side='right')
    bins: list[ScrBin] = []
    limits = [-math.inf, *cuts.tolist(), math.inf]
    for number, (low, high) in enumerate(zip(limits, limits[1:])):
        inside = place == number
        targets = int(inside.sum())
        hits = int(detected[known][inside].sum())
        interval: Any = wilson_interval(hits, targets)
        bins.append(
            ScrBin(low, high, targets, hits, 100 * ratio(hits, targets),
                   100 * interval[0], 100 * interval[1]))
    return bins
