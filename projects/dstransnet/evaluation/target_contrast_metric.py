"""Local contrast and detection of every target, as an mmengine metric."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from mmengine.evaluator import BaseMetric
from mmseg.registry import METRICS

from ..imaging.components import connected_components
from ..imaging.signal_to_clutter import target_contrasts
from ..utils.errors import InputError
from .functional.counts import DetectionCounts
from .functional.formulas import pooled_metrics, ratio
from .input_image import read_input
from .irstd_metric import target_scores
from .protocol import EvaluationProtocol
from .scene import Scene


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
            InputError: If a sample has no ground truth or no readable image.
        """
        rules = self.protocol
        for sample in data_samples:
            path = sample.get('img_path')
            if 'gt_sem_seg' not in sample or not path:
                raise InputError(f'{path or "a sample"}: '
                                 'TargetContrastMetric needs image and mask')
            truth = sample['gt_sem_seg']['data'].squeeze(0).cpu().numpy()
            targets = connected_components(truth, rules.connectivity)
            counts, detected = Scene(
                rules, target_scores(sample), targets).sweep
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
