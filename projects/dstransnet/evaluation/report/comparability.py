"""Differences between runs that make their results hard to compare."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .evaluation_result import EvaluationResult

Results = Mapping[str, EvaluationResult]

# Metrics compare only where these are equal.
COMPARED = ('threshold', 'distance', 'match', 'connectivity', 'nIoU_empty')
# Compared among the runs that have them.
IMAGES = dict(
    num_targets='number of targets', num_pixels='number of pixels',
    images_hash='names of images (their hash)')
TARGET_LEVEL = ('FalseAlarmsPerImage', 'TargetPrecision', 'TargetRecall',
                'TargetF1', 'AP', 'FROC')


def differences(results: Results,
                metrics: Sequence[str] | None = None) -> list[str]:
    """Return the differences that make runs hard to compare, a line each.

    Compared are the rules of the evaluation, the swept thresholds (AUC
    depends on them) and the images. The detection rule counts where
    target-level metrics are shown, and ``min_iou`` with the rule ``'iou'``.
    Thresholds, detection rule and images are compared among the runs that
    have them.

    Args:
        results (Mapping[str, EvaluationResult]): Name and result of each run.
        metrics (Sequence[str], optional): Metrics that are shown; None: all.
            Defaults to None.

    Examples:
        >>> differences({
        ...     'a': EvaluationResult({}, settings=dict(threshold=0.5)),
        ...     'b': EvaluationResult({}, settings=dict(threshold=0.3))})
        ['threshold: 0.5 (a), 0.3 (b)']
    """
    found = {
        setting: {name: result.settings.get(setting, 'not given')
                  for name, result in results.items()}
        for setting in COMPARED
    }
    rules = _known(results, 'detection_rule', metrics)
    found['detection_rule'] = rules
    found['min_iou'] = {
        name: value
        for name, value in _known(results, 'min_iou', metrics).items()
        if rules.get(name) == 'iou'
    }
    found['swept thresholds'] = _swept(results)
    found['number of images'] = {
        name: result.num_images for name, result in results.items()}
    for field, words in IMAGES.items():
        found[words] = {
            name: getattr(result, field) for name, result in results.items()
            if getattr(result, field) is not None}
    return [f'{what}: {line}' for what, values in found.items()
            if (line := _owners(values))]


def pd_orders(results: Results) -> str:
    """Note that Pd of masks and of boxes or points differ, if both occur.

    A result is of boxes or points if it has TargetPrecision but no IoU.

    Args:
        results (Mapping[str, EvaluationResult]): Name and result of each run.

    Returns:
        str: A sentence without full stop; '' where all are of one kind.

    Examples:
        >>> print(pd_orders({
        ...     'a': EvaluationResult(dict(IoU=70, Pd=90)),
        ...     'b': EvaluationResult(dict(Pd=91, TargetPrecision=80))}))
        Pd is by two orders of matching: targets take components in raster \
order (masks: a), detections take targets by score (boxes or points: b)
    """
    masks = [name for name, result in results.items()
             if 'Pd' in result.metrics and not _of_detections(result)]
    others = [name for name, result in results.items()
              if 'Pd' in result.metrics and _of_detections(result)]
    if not masks or not others:
        return ''
    return ('Pd is by two orders of matching: targets take components in '
            f'raster order (masks: {", ".join(masks)}), detections take '
            f'targets by score (boxes or points: {", ".join(others)})')


def _of_detections(result: EvaluationResult) -> bool:
    return 'TargetPrecision' in result.metrics and 'IoU' not in result.metrics


def _known(results: Results, setting: str,
           metrics: Sequence[str] | None) -> dict[str, Any]:
    """Return a setting of the runs whose target-level metrics are shown."""
    found = {}
    for name, result in results.items():
        needing = TARGET_LEVEL + ('Pd', ) * _of_detections(result)
        shown = result.metrics if metrics is None else metrics
        if setting in result.settings and any(
                metric in needing and metric in result.metrics
                for metric in shown):
            found[name] = result.settings[setting]
    return found


def _swept(results: Results) -> dict[str, str]:
    """Describe the thresholds of each run that has curves.

    Descriptions are equal if the thresholds are equal to 9 decimals.
    """
    swept = {
        name: np.round(result.curves['threshold'], 9)
        for name, result in results.items() if result.curves.get(
            'threshold', np.zeros(0)).size
    }
    texts = {
        name: f'{len(grid)} within {grid[0]:.9g} .. {grid[-1]:.9g}'
        for name, grid in swept.items()
    }
    for text in set(texts.values()):
        names = [name for name in texts if texts[name] == text]
        for place in _telling(np.stack([swept[name] for name in names])):
            for name in names:
                texts[name] += f', number {place + 1} {swept[name][place]:.9g}'
    return texts


def _telling(rows: np.ndarray) -> list[int]:
    """Return the first columns that tell the distinct rows apart."""
    columns: list[int] = []
    kinds = 1
    for column in range(rows.shape[1]):
        found = len(np.unique(rows[:, [*columns, column]], axis=0))
        if found > kinds:
            columns.append(column)
            kinds = found
    return columns


def _owners(values: Mapping[str, Any]) -> str:
    """List each value with its runs; '' if there is only one value."""
    return grouped(values) if len(_by_value(values)) > 1 else ''


def grouped(values: Mapping[str, Any]) -> str:
    """List each value with its runs; a value that all share stands alone.

    Args:
        values (Mapping[str, Any]): Value of each run by its name.

    Examples:
        >>> grouped(dict(a=3, b=3.0)), grouped(dict(a=3, b=5, c=3))
        ('3', '3 (a, c), 5 (b)')
    """
    owners = _by_value(values)
    if len(owners) == 1:
        return next(iter(owners))
    return ', '.join(f'{text} ({", ".join(names)})'
                     for text, names in owners.items())


def _by_value(values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the names of the runs that have each value."""
    owners: dict[str, list[str]] = {}
    for name, value in values.items():
        # 3 and 3.0 are one distance.
        text = f'{value:g}' if isinstance(value, float) else str(value)
        owners.setdefault(text, []).append(name)
    return owners
