"""Evaluation of the predictions of another program."""
from __future__ import annotations

import dataclasses
import math
from collections.abc import (
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from pathlib import Path
from typing import Any

import numpy as np

from ...imaging.components import connected_components
from ...imaging.file_inspection import IMAGE_SUFFIXES
from ...utils.errors import InputError
from ...utils.text import first_few
from ..detection.detections import Detections
from ..detection.target_level import (
    target_level_curve,
    target_level_metrics,
    target_level_record,
)
from ..measures import PUBLISHED
from ..protocol import EvaluationProtocol
from ..report.evaluation_result import EvaluationResult
from ..report.image_records import ImageRecord
from .ground_truth import Truth
from .score_files import (
    check_scale,
    find_maps,
    masks_of_ones,
    read_map,
    to_scores,
)

ScoredImage = tuple[np.ndarray, np.ndarray, np.ndarray | None]
"""Scores in [0, 1], true mask, and intensities if known, each (H, W)."""


def match_names(found: Mapping[str, Path],
                names: Collection[str],
                suffix: str = '',
                allow_extra: bool = False) -> dict[str, Path]:
    """Return the file of every image, by name; see :func:`evaluate_maps`.

    Raises:
        InputError: If files are missing or extra; the message lists them.
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
                         f'{first_few(extra)}; --allow-extra ignores them')
        raise InputError('; '.join(lines))
    return {name: found[name + suffix] for name in names}


def images_from_folder(folder: str | Path,
                       names: Collection[str]) -> dict[str, Path]:
    """Return the image file of every name; others are left out.

    Raises:
        InputError: If there is no such folder, or an image has no file.
    """
    return match_names(find_maps(folder, IMAGE_SUFFIXES), names,
                       allow_extra=True)


def evaluate_maps(folder: str,
                  truth: Truth,
                  protocol: EvaluationProtocol,
                  *,
                  suffix: str = '',
                  allow_extra: bool = False,
                  scale: float | None = None,
                  images: Mapping[str, str | Path] | None = None,
                  reading: Mapping[str, Any] | None = None
                  ) -> EvaluationResult:
    """Evaluate a folder of score maps or masks.

    See :func:`evaluate_scores`.

    Args:
        folder (str): One PNG, BMP, TIFF or NPY an image, see :func:`read_map`.
        truth (Truth): Ground truth of the images.
        protocol (EvaluationProtocol): Rules of the evaluation.
        suffix (str): End of the file names after those of the images.
            Defaults to ``''``.
        allow_extra (bool): Ignore files that belong to no image. Defaults to
            False.
        scale (float, optional): Value of score 1, see :func:`to_scores`.
            Defaults to None.
        images (Mapping[str, str | Path], optional): Image file of each name,
            for measures that use intensities. Defaults to None.
        reading (Mapping, optional): How they are read, see
            :func:`read_input`. Defaults to none.

    Raises:
        InputError: If files are missing, have another size than the ground
            truth, or cannot be read as scores.
        ValueError: If a measure needs the images.
    """
    paths = match_names(find_maps(folder), truth, suffix, allow_extra)
    ones = scale is None and masks_of_ones(map(read_map, paths.values()))

    def read() -> Iterator[ScoredImage]:
        for name, load in truth.items():
            path = paths[name]
            scores = to_scores(read_map(path), str(path), scale, ones)
            target = load()
            if scores.shape != target.shape:
                raise InputError(
                    f'{path}: expected the size of the ground truth, '
                    f'{target.shape[0]} x {target.shape[1]} (height x width), '
                    f'got {scores.shape[0]} x {scores.shape[1]}')
            image = None
            if images is not None and protocol.uses_images:
                image = protocol.read_image(str(images[name]), target.shape,
                                            reading)
            yield scores, target, image

    return evaluate_scores(list(truth), read(), protocol)


def evaluate_scores(names: Sequence[str], images: Iterable[ScoredImage],
                    protocol: EvaluationProtocol) -> EvaluationResult:
    """Evaluate score maps or masks.

    The published measures come with the target-level metrics, unless others
    are chosen; detections are the components above the threshold. Maps of two
    values have neither curves nor AUC.

    Args:
        names (Sequence[str]): Name of each image.
        images (Iterable[ScoredImage]): Scores, mask and intensities of each.
        protocol (EvaluationProtocol): Rules of the evaluation.

    Raises:
        ValueError: If a measure needs intensities.
    """
    measured, binary = [], True
    for scores, target, image in images:
        binary &= bool(((scores == 0) | (scores == 1)).all())
        measured.append(protocol.measure(scores, target, image))
    result = protocol.evaluate(names, measured)
    if binary:  # one point is no curve
        result.curves, result.target_curve = {}, {}
        for name in ('AUC', 'AUC_exact'):
            result.metrics.pop(name, None)
    if tuple(protocol.measures) == (PUBLISHED, ):
        target_level = target_level_metrics(
            [image.detections for image in measured], protocol.threshold)
        del target_level['Pd']  # the protocol's is by another order
        result.metrics.update(target_level)
    return result


def evaluate_detections(detections: Mapping[str, Detections],
                        truth: Truth,
                        protocol: EvaluationProtocol,
                        *,
                        scale: float = 1.0) -> EvaluationResult:
    """Evaluate boxes or points by the target-level metrics.

    Args:
        detections (Mapping[str, Detections]): Detections of every image.
        truth (Truth): Ground truth of the images; targets are the components
            of masks.
        protocol (EvaluationProtocol): Threshold, distance, connectivity and
            detection rule.
        scale (float): Value of score 1. Defaults to 1.

    Raises:
        InputError: If a score is outside 0 .. ``scale``, or the rule needs
            boxes and there are points.
    """
    check_scale(scale)
    if protocol.detection_rule == 'iou' and any(
            found.boxes is None for found in detections.values()):
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
            detections[name], protocol.detection_rule, protocol.distance,
            protocol.min_iou)
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
        settings=protocol.settings(),
        num_pixels=pixels,
        num_targets=sum(record.targets for record in records.values()),
        target_curve=target_level_curve(records.values()))
