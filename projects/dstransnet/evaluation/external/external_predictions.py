"""Evaluation of what another program predicted."""
from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np

from ...imaging.components import connected_components
from ...utils.errors import InputError
from ...utils.text import first_few
from .. import (
    Detections,
    EvaluationProtocol,
    EvaluationResult,
    ImageRecord,
    component_detections,
    target_level_curve,
    target_level_metrics,
    target_level_record,
)
from .ground_truth import Truth
from .score_files import find_maps, masks_of_ones, read_map, to_scores


def match_names(found: Mapping[str, Path],
                names: Collection[str],
                suffix: str = '',
                allow_extra: bool = False) -> dict[str, Path]:
    """Return the file of every image.

    Args:
        found (Mapping[str, Path]): Files by name, of :func:`find_maps`.
        names (Collection[str]): Names of the images.
        suffix (str): What the names of files have behind those of images.
            Defaults to nothing.
        allow_extra (bool): Leave out files of no image. Defaults to False.

    Raises:
        InputError: If files are missing, or there are others; both listed.
    """
    missing = [name for name in names if name + suffix not in found]
    wanted = {name + suffix for name in names}
    extra = [str(path) for name, path in found.items() if name not in wanted]
    if missing or (extra and not allow_extra):
        lines = []
        if missing:
            lines.append(f'{len(missing)} of {len(names)} images have no '
                         f'file: {first_few(n + suffix for n in missing)}')
        if extra and not allow_extra:
            lines.append(f'{len(extra)} files belong to no image: '
                         f'{first_few(extra)}; --allow-extra leaves them out')
        raise InputError('; '.join(lines))
    return {name: found[name + suffix] for name in names}


def evaluate_maps(folder: str,
                  truth: Truth,
                  protocol: EvaluationProtocol,
                  *,
                  suffix: str = '',
                  allow_extra: bool = False,
                  scale: float | None = None,
                  bootstrap: int = 0,
                  rule: str = 'centroid',
                  min_iou: float = 0.5) -> EvaluationResult:
    """Evaluate a folder of score maps or masks.

    Beside the metrics of the protocol there are the target-level ones, of
    the components above the threshold as detections; the target curve ends
    there. Maps of two values have neither curves nor AUC.

    Args:
        folder (str): One PNG, TIFF or NPY an image, see :func:`read_map`.
        truth (Truth): Of the images.
        protocol (EvaluationProtocol): Thresholds and matching.
        suffix (str): As of :func:`match_names`. Defaults to nothing.
        allow_extra (bool): As of :func:`match_names`. Defaults to False.
        scale (float, optional): The value of score 1, see
            :func:`to_scores`. Defaults to None.
        bootstrap (int): Resampled sets for 95 % confidence intervals.
            Defaults to 0.
        rule (str): Of :func:`match_detections`. Defaults to ``'centroid'``.
        min_iou (float): Of the rule ``'iou'``. Defaults to 0.5.

    Raises:
        InputError: If files are missing, of another size than the truth, or
            cannot be read as scores.
    """
    paths = match_names(find_maps(folder), truth, suffix, allow_extra)
    ones = scale is None and masks_of_ones(paths.values())
    counts, records, binary = [], [], True
    for name, load in truth.items():
        path = paths[name]
        scores = to_scores(read_map(path), str(path), scale, ones)
        target = load()
        if scores.shape != target.shape:
            raise InputError(
                f'{path}: expected the size of the truth, {target.shape[0]} x '
                f'{target.shape[1]} (height x width), got {scores.shape[0]} x '
                f'{scores.shape[1]}')
        binary &= bool(((scores == 0) | (scores == 1)).all())
        counts.append(protocol.count(scores, target))
        records.append(
            target_level_record(
                connected_components(target, protocol.connectivity),
                component_detections(scores, protocol.threshold,
                                     protocol.connectivity), rule,
                protocol.distance, min_iou))
    result = protocol.evaluate(list(truth), counts, bootstrap)
    if binary:
        result.curves = {}
        result.metrics.pop('AUC', None)
    else:
        result.target_curve = target_level_curve(records)
    target_level = target_level_metrics(records, protocol.threshold)
    del target_level['Pd']  # the protocol's is by another order of matching
    result.metrics.update(target_level)
    result.settings.update(detection_rule=rule, min_iou=min_iou)
    return result


def evaluate_detections(detections: Mapping[str, Detections],
                        truth: Truth,
                        protocol: EvaluationProtocol,
                        *,
                        scale: float = 1.0,
                        rule: str = 'centroid',
                        min_iou: float = 0.5) -> EvaluationResult:
    """Evaluate boxes or points: the target-level metrics alone.

    Args:
        detections (Mapping[str, Detections]): Of every image.
        truth (Truth): Of the images; targets are the components of masks.
        protocol (EvaluationProtocol): Threshold, distance, connectivity.
        scale (float): The value of score 1. Defaults to 1.
        rule (str): Of :func:`match_detections`. Defaults to ``'centroid'``.
        min_iou (float): Of the rule ``'iou'``. Defaults to 0.5.

    Raises:
        InputError: If a score is outside 0 .. ``scale``, or the rule needs
            boxes and there are points.
    """
    if rule == 'iou' and any(found.boxes is None
                             for found in detections.values()):
        raise InputError(
            'rule iou needs detections with boxes, got points; the rules '
            'centroid and inside take both')
    detections = {
        name: dataclasses.replace(found, scores=found.scores / scale)
        for name, found in detections.items()
    }
    scores = np.concatenate([found.scores for found in detections.values()])
    if ((scores < 0) | (scores > 1)).any():
        raise InputError(
            f'detections: expected scores within 0 .. {scale:g}, got '
            f'{scale * scores.min():g} .. {scale * scores.max():g}; --scale '
            'says which one is a score of 1')
    records, pixels = {}, 0
    for name, load in truth.items():
        target = load()
        pixels += target.size
        records[name] = target_level_record(
            connected_components(target, protocol.connectivity),
            detections[name], rule, protocol.distance, min_iou)
    images = []
    for name, record in records.items():
        counted = record.scores > protocol.threshold
        hits = int(record.hits[counted].sum())
        images.append(
            ImageRecord(
                name=name,
                targets=record.targets,
                detected=hits,
                false_alarms=int(counted.sum()) - hits,
                false_alarm_pixels=math.nan,
                IoU=math.nan,
                threshold=protocol.threshold))
    return EvaluationResult(
        metrics=target_level_metrics(records.values(), protocol.threshold),
        images=images,
        settings=dict(
            protocol.settings(), detection_rule=rule, min_iou=min_iou),
        num_pixels=pixels,
        num_targets=sum(record.targets for record in records.values()),
        target_curve=target_level_curve(records.values()))
