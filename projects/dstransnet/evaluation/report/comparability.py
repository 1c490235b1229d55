"""Protocols of the runs in a table, and how they differ."""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
FA_DEFINITION = ('Fa: area of components that match no target, less those '
                 'whose area equals that of a match in the same image, over '
                 'all pixels')


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
    return [f'{what}: {grouped(values)}' for what, values in found.items()
            if len(_by_value(values)) > 1]


def pd_orders(results: Results) -> str:
    """Note that Pd of masks and of boxes or points differ, if both occur.

    A result is of boxes or points if it has TargetPrecision but no IoU. The
    note is a sentence without full stop, '' where all are of one kind.
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
    """Describe the thresholds of each run that has curves, to 9 decimals."""
    swept = {
        name: tuple(np.round(result.curves['threshold'], 9).tolist())
        for name, result in results.items()
        if len(result.curves.get('threshold', ()))
    }
    texts = {
        grid: f'{len(grid)} within {grid[0]:.9g} .. {grid[-1]:.9g}'
        for grid in swept.values()
    }
    if len(set(texts.values())) < len(texts):  # they differ inside
        texts = {grid: f'{text}, series {number}' for number, (
            grid, text) in enumerate(texts.items(), start=1)}
    return {name: texts[grid] for name, grid in swept.items()}


def grouped(values: Mapping[str, Any]) -> str:
    """List each value with its runs; a value that all share stands alone.

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


def protocol_note(results: Results) -> str:
    """State how the results of a table were found.

    The note names the split, the number of images, the size of the input, the
    choice of the weights, the number of seeds, the rule that turns scores
    into masks, the rule of matching and the definition of Fa. Where runs
    differ, each value has the names of its runs.

    Args:
        results (Mapping[str, EvaluationResult]): Name and result of each run.
            Entries ``split``, ``input_size``, ``weights`` and ``seeds`` of
            the settings are shown if given.

    Returns:
        str: The note; '' without results.
    """
    if not results:
        return ''
    facts: dict[str, str | Callable[[EvaluationResult], Any]] = dict(
        split='split', images=lambda result: result.num_images,
        input='input_size', weights='weights', seeds='seeds',
        threshold=_threshold_rule, matching=_matching_rule)
    parts = []
    for words, source in facts.items():
        values = {
            name: source(result) if callable(source)
            else result.settings.get(source) or 'not stated'
            for name, result in results.items()
        }
        parts.append(f'{words}: {grouped(values)}')
    return f'Protocol: {"; ".join(parts)}; {FA_DEFINITION}.'


def _threshold_rule(result: EvaluationResult) -> str:
    threshold = result.settings.get('threshold')
    return 'not stated' if threshold is None \
        else f'fixed, score > {threshold:g}'


def _matching_rule(result: EvaluationResult) -> str:
    found: dict[str, Any] = result.settings
    if 'match' not in found:
        return 'not stated'
    near = f' nearer than {found["distance"]:g} pixels' \
        if found['match'] == 'centroid' and 'distance' in found else ''
    return (f'{found["match"]}{near}, '
            f'{found.get("connectivity", 8)}-connected')
