"""Measures beyond the published ones, each chosen by its name.

A new measure is an entry of :data:`MEASURES`.
"""
from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..imaging.components import component_boxes
from .detection.box_average_precision import (
    ImageBoxes,
    box_average_precision,
    check_pycocotools,
)
from .detection.centroid_distances import (
    hits_at_distances,
    metrics_at_distances,
)
from .detection.detections import component_peaks
from .detection.nocoap import contrast_hits, nocoap
from .detection.target_level import (
    TargetLevelRecord,
    froc_metrics,
    target_level_metrics,
)
from .functional.background import Gains, gain_metrics, local_gains
from .functional.counts import DetectionCounts
from .functional.difficulty import DifficultyRecord, target_properties
from .functional.formulas import UNITS, limitirstd_accuracy, pooled_metrics
from .functional.hierarchical_iou import (
    hierarchical_counts,
    hierarchical_metrics,
)
from .functional.roc_3d import roc_3d_counts, roc_3d_metrics
from .functional.shooting_rule import (
    shooting_counts,
    shooting_hits,
    shooting_metrics,
)
from .scene import Scene

Metrics = dict[str, float]

PUBLISHED = 'published'
"""Name of the metrics that every evaluation has by default."""


@dataclasses.dataclass(frozen=True)
class Measure:
    """A measure of a dataset: one record an image, and metrics of records.

    Attributes:
        name (str): Name to choose it by.
        units (Mapping[str, str]): Unit of each of its metrics, in order.
        measure (Callable): Returns the record of a :class:`.Scene`, which can
            be pickled; raises ValueError if it needs intensities and there
            are none.
        summarise (Callable): Returns the metrics of a list of records, NaN
            where undefined. Sums are exact, so that the order of the records
            makes no difference.
        lower_is_better (frozenset[str]): Metrics of which less is better.
        unranked (frozenset[str]): Metrics that are neither good nor bad.
        uses_image (bool): Whether intensities are of use to it.
        needs_scale (bool): Whether these have to be shares of full scale.
        check (Callable): Raises InputError if a package is missing.
    """
    name: str
    units: Mapping[str, str]
    measure: Callable[[Scene], Any]
    summarise: Callable[[Sequence[Any]], Metrics]
    lower_is_better: frozenset[str] = frozenset()
    unranked: frozenset[str] = frozenset()
    uses_image: bool = False
    needs_scale: bool = False
    check: Callable[[], None] = lambda: None


def _image(scene: Scene, name: str) -> np.ndarray:
    """Return the intensities, or raise ValueError without them."""
    if scene.image is None:
        raise ValueError(f'the measure {name!r} needs the images, got scores '
                         'and masks only')
    return scene.image


def _renamed(summarise: Callable[[Sequence[Any]], Metrics],
             suffix: str) -> Callable[[Sequence[Any]], Metrics]:
    """Return the same metrics with a suffix to their names."""
    return lambda records: {f'{name}{suffix}': value
                            for name, value in summarise(records).items()}


def _hierarchy(suffix: str) -> Measure:
    summarise = _renamed(hierarchical_metrics, suffix)
    names = list(summarise([]))
    return Measure(
        f'hierarchy{suffix}',
        {name: '1e-6' if name.startswith('Fa') else '%' for name in names},
        lambda scene: hierarchical_counts(
            scene.truth, scene.found, scene.rules.distance,
            padded=bool(suffix)),
        summarise,
        lower_is_better=frozenset(
            name for name in names if not name.startswith(
                ('hIoU', 'seg_IoU', 'loc_IoU', 'Pd'))))


def _centroid(suffix: str) -> Measure:
    summarise = _renamed(metrics_at_distances, suffix)
    return Measure(
        f'centroid{suffix}', dict.fromkeys(summarise([]), '%'),
        lambda scene: hits_at_distances(
            scene.truth, scene.found, scene.scores, overlap=bool(suffix)),
        summarise)


def _target_metrics(records: Sequence[TargetLevelRecord]) -> Metrics:
    metrics = target_level_metrics(records, threshold=-np.inf)
    del metrics['Pd']  # that of the protocol has another definition
    return metrics


def _boxes(scene: Scene) -> ImageBoxes:
    return ImageBoxes(component_boxes(scene.truth),
                      component_boxes(scene.found), scene.detections.scores)


_NOCOAP = {'mNoCoAP': 0, 'mNoCoAP_published': 1}
"""Pixels that boxes are larger than targets, in the published code too."""


def _contrast_hits(scene: Scene) -> list[list[TargetLevelRecord]]:
    """Compare the peaks of the components with the contrast, by each rule."""
    image = 255 * _image(scene, 'mnocoap')
    points = component_peaks(scene.found, scene.scores)
    return [contrast_hits(image, scene.truth, points, scene.detections.scores,
                          slack=slack) for slack in _NOCOAP.values()]


def _contrast_metrics(
        records: Sequence[list[list[TargetLevelRecord]]]) -> Metrics:
    return {name: float(nocoap([record[rule] for record in records]).mean())
            for rule, name in enumerate(_NOCOAP)}


def _gains(scene: Scene) -> Gains:
    """Compare an image with its score map over the largest score."""
    most = scene.scores.max()
    return local_gains(_image(scene, 'background'),
                       scene.scores / most if most > 0 else scene.scores,
                       scene.truth)


def _challenge_metrics(records: Sequence[DetectionCounts]) -> Metrics:
    metrics = pooled_metrics(sum(records, DetectionCounts()))
    return dict(LimitIRSTD=limitirstd_accuracy(metrics['IoU'], metrics['Pd']))


def _difficulty(scene: Scene) -> DifficultyRecord:
    """Return properties and fate of the targets of one image."""
    counts = hierarchical_counts(
        scene.truth, scene.found, scene.rules.distance)
    matched = counts.taken >= 0
    ious = np.full(len(matched), np.nan)
    ious[matched] = counts.pairs[:, 0] / counts.pairs.sum(1)
    return DifficultyRecord(
        target_properties(scene.truth, scene.image),
        dict(Pd=scene.detected, Pd_OPDC=matched,
             Pd_shooting=shooting_hits(scene.truth, scene.found)),
        ious)


_COUNTED = ('SCRG_infinite', 'BSF_infinite', 'gains_undefined')

MEASURES: dict[str, Measure] = {measure.name: measure for measure in (
    _hierarchy(''),
    _hierarchy('_padded'),  # as the published code
    Measure('shooting', {'Pd_shooting': '%', 'Fa_shooting': '1e-6'},
            lambda scene: shooting_counts(scene.truth, scene.found),
            shooting_metrics, lower_is_better=frozenset({'Fa_shooting'})),
    Measure('target', {name: UNITS[name] for name in _target_metrics([])},
            lambda scene: scene.target_level, _target_metrics,
            lower_is_better=frozenset({'FalseAlarmsPerImage'})),
    _centroid(''),
    _centroid('_overlap'),  # hits share a pixel with their target
    Measure('box_ap', dict.fromkeys(('AP_box', 'AP50_box', 'AP75_box'), '%'),
            _boxes, box_average_precision, check=check_pycocotools),
    Measure('mnocoap', dict.fromkeys(_NOCOAP, '%'), _contrast_hits,
            _contrast_metrics, uses_image=True, needs_scale=True),
    Measure('froc', dict.fromkeys(froc_metrics([]), '%'),
            lambda scene: scene.target_level, froc_metrics),
    Measure('background', {**dict.fromkeys(('SCRG', 'BSF', 'CG'), ''),
                           **dict.fromkeys(_COUNTED, 'targets')},
            _gains, gain_metrics, unranked=frozenset(_COUNTED),
            uses_image=True, needs_scale=True),
    Measure('roc_3d', dict.fromkeys(roc_3d_metrics([]), ''),
            lambda scene: roc_3d_counts(scene.scores, scene.truth),
            roc_3d_metrics, lower_is_better=frozenset({'AUC_tau_FPR'})),
    Measure('challenge', {'LimitIRSTD': ''}, lambda scene: scene.counts,
            _challenge_metrics),
    # Has no metrics: a result has its bins as ``difficulty``. Without
    # intensities the contrast is unknown.
    Measure('difficulty', {}, _difficulty, lambda records: {},
            uses_image=True))}
"""All measures but the published one, by name."""

MEASURE_NAMES = (PUBLISHED, *MEASURES)

for _measure in MEASURES.values():
    UNITS.update(_measure.units)


def check_measures(names: Sequence[str]) -> None:
    """Check that all are names of measures, each given once.

    Raises:
        ValueError: If they are not.
        InputError: If a measure needs a package that is not installed.
    """
    if isinstance(names, str) or not names or any(
            name not in MEASURE_NAMES for name in names) or len(
                set(names)) < len(names):
        raise ValueError('measures must be different names in a list, among '
                         f'{", ".join(MEASURE_NAMES)}, got {names!r}')
    for name in names:
        if name != PUBLISHED:
            MEASURES[name].check()
