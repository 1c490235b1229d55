"""Results of an evaluation and their files."""
from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os.path as osp
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...utils.atomic_io import AtomicLocalBackend
from ...utils.errors import InputError
from ..detection.target_level import curve_corners
from ..functional.counts import DetectionCounts
from ..functional.difficulty import DifficultyBin
from ..functional.formulas import UNITS, with_one_auc
from .image_records import ImageRecord, records_to_csv, worst_first

FORMAT = 'irstd-evaluation-1'
TARGET_CURVE = ('threshold', 'Pd', 'FalseAlarmsPerImage')
ZERO_SHARE = 0.1
"""Background pixels with a score of 0 that are worth a warning, in %."""


@dataclasses.dataclass
class EvaluationResult:
    """Metrics, curves and image records of a dataset.

    Attributes:
        metrics (dict[str, float]): Metrics at the decision threshold, in the
            units of ``UNITS``; NaN where undefined.
        curves (dict[str, np.ndarray]): ``threshold`` and the pooled metrics at
            each, arrays of shape (T, ), in the same units; empty without a
            sweep.
        intervals (dict[str, tuple[float, float]]): 95 % confidence intervals
            of metrics; empty without bootstrap.
        images (list[ImageRecord]): One record an image.
        settings (dict): Threshold, matching rule and the like.
        num_images (int): Number of images. Defaults to the number of records.
        num_pixels (int, optional): Number of pixels of all images, at the
            size of the evaluation; None if unknown.
        num_targets (int, optional): Number of true targets; None if unknown.
        images_hash (str, optional): Identifies the images, see
            :func:`hash_names`; None if unknown. Defaults to that of the
            records.
        target_curve (dict[str, np.ndarray]): Returned by
            :func:`target_level_curve`, arrays of shape (N, ); empty if not
            computed. Files have its :func:`curve_corners` only.
        image_counts (dict[str, DetectionCounts]): Counts at the decision
            threshold by name of the image, for paired comparisons; empty if
            unknown.
        difficulty (list[DifficultyBin]): Detected targets by their
            difficulty; empty unless that measure was chosen.
        warnings (list[str]): See :func:`result_warnings`.
    """
    metrics: dict[str, float]
    curves: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)
    intervals: dict[str, tuple[float, float]] = dataclasses.field(
        default_factory=dict)
    images: list[ImageRecord] = dataclasses.field(default_factory=list)
    settings: dict[str, Any] = dataclasses.field(default_factory=dict)
    num_images: int = 0
    num_pixels: int | None = None
    num_targets: int | None = None
    images_hash: str | None = None
    target_curve: dict[str, np.ndarray] = dataclasses.field(
        default_factory=dict)
    image_counts: dict[str, DetectionCounts] = dataclasses.field(
        default_factory=dict)
    difficulty: list[DifficultyBin] = dataclasses.field(default_factory=list)
    warnings: list[str] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        self.num_images = self.num_images or len(self.images)
        if self.images_hash is None and self.images:
            self.images_hash = hash_names(image.name for image in self.images)

    def summary(self) -> dict[str, Any]:
        """Return everything except the image records, ready for JSON."""
        return _plain(
            dict(
                format=FORMAT,
                num_images=self.num_images,
                num_pixels=self.num_pixels,
                num_targets=self.num_targets,
                images_hash=self.images_hash,
                settings=self.settings,
                metrics=self.metrics,
                intervals_95=self.intervals,
                units={name: UNITS.get(name, '') for name in self.metrics},
                warnings=self.warnings,
                difficulty=[vars(each) for each in self.difficulty],
                curves=self.curves,
                target_curve=curve_corners(self.target_curve),
                image_counts={
                    name: list(vars(counts).values())
                    for name, counts in self.image_counts.items()
                }))

    def write(self, folder: str, sort_worst_first: bool = False) -> None:
        """Write per_image.json, per_image.csv and result.json.

        Undefined values are null in JSON and empty in CSV. The last file
        tells that the others are there; each is complete or not there.

        Args:
            folder (str): Created if missing.
            sort_worst_first (bool): Sort the records by :func:`worst_first`.
                Defaults to False: the order of the dataset.
        """
        images = worst_first(self.images) if sort_worst_first else self.images
        root = Path(folder)
        root.mkdir(parents=True, exist_ok=True)
        records = [dataclasses.asdict(image) for image in images]
        (root / 'result.json').unlink(missing_ok=True)  # of an earlier run
        _write_json(root / 'per_image.json', _plain(records))
        AtomicLocalBackend(flush=False).put(  # file names may be any bytes
            records_to_csv(images).encode(errors='surrogateescape'),
            root / 'per_image.csv')
        _write_json(root / 'result.json', self.summary())

    @classmethod
    def read(cls, path: str) -> EvaluationResult:
        """Read a result.json (without the records of images).

        Args:
            path (str): The file, or its folder.

        Raises:
            InputError: If the file is missing or is no result.
        """
        if osp.isdir(path):
            path = osp.join(path, 'result.json')
        try:
            data = json.loads(Path(path).read_text(encoding='utf-8'))
        except (OSError, ValueError, RecursionError) as error:
            reason = getattr(error, 'strerror', None) or error
            raise InputError(
                f'{path}: cannot be read as a result ({reason})') from error
        if not isinstance(data, dict) or data.get('format') != FORMAT:
            raise InputError(f'{path}: expected a result.json with "format": '
                             f'"{FORMAT}", as tools/test.py --out writes it')
        try:
            result = cls(
                metrics=_numbers(data['metrics']),
                curves=_arrays(data['curves']),
                intervals={
                    name: (_number(low), _number(high))
                    for name, (low, high) in data['intervals_95'].items()
                },
                settings=dict(data['settings']),
                num_images=int(data.get('num_images', 0)),
                num_pixels=_optional(int, data.get('num_pixels')),
                num_targets=_optional(int, data.get('num_targets')),
                images_hash=_optional(str, data.get('images_hash')),
                target_curve=_arrays(data.get('target_curve', {})),
                image_counts={
                    name: DetectionCounts(*map(int, counts))
                    for name, counts in data.get('image_counts', {}).items()
                },
                difficulty=[_difficulty_bin(**each)
                            for each in data.get('difficulty', ())],
                warnings=list(map(str, data.get('warnings', ()))))
        except (KeyError, TypeError, ValueError, AttributeError,
                OverflowError) as error:
            raise InputError(
                f'{path}: damaged ({type(error).__name__}: {error})'
            ) from error
        for curves in (result.curves, result.target_curve):
            lengths = {len(values) for values in curves.values()}
            if len(lengths) > 1:
                raise InputError(f'{path}: damaged (curves of lengths '
                                 f'{sorted(lengths)})')
        missing = [name for name in TARGET_CURVE
                   if result.target_curve and name not in result.target_curve]
        if missing:
            raise InputError(f'{path}: damaged (target_curve lacks '
                             f'{", ".join(missing)})')
        return result


def result_warnings(result: EvaluationResult) -> list[str]:
    """Return warnings that belong beside the metrics of a result.

    - AUC without AUC_exact, if background pixels have scores at or below the
      lowest threshold. The swept curve does not reach (1, 1) then, and the
      area beyond its end is lost.
    - nIoU, if images without target and prediction count as 0. A perfect
      prediction does not reach 100 % then.
    """
    found = []
    rates = result.curves.get('FPR', np.zeros(0))
    lost = 100 - rates[0] if rates.size else 0
    area = with_one_auc(result.metrics).get('AUC', np.nan)
    if lost > ZERO_SHARE and np.isfinite(area):
        found.append(
            f'AUC {area:.4f} leaves out {lost:.2f} % of the '
            'background, whose scores are at most '
            f'{result.curves["threshold"][0]:g} (8-bit score maps, for '
            'example)')
    empty = sum(image.targets == 0 for image in result.images)
    if (empty and 'nIoU' in result.metrics
            and result.settings.get('nIoU_empty') == 'zero'):
        number = len(result.images)
        ceiling = 100 * (number - empty) / number
        found.append(
            f'nIoU counts an image without target and prediction as 0, and '
            f'{empty} of {number} images have no target: a perfect '
            f'prediction reaches {ceiling:.2f} %; nIoU_target is over images '
            'with a target')
    return found


def hash_names(names: Iterable[str]) -> str:
    """Return 16 hexadecimal digits that identify a set of names.

    The first digits of the SHA-256 of the sorted names, in UTF-8, separated
    by zero bytes.
    """
    text = '\0'.join(sorted(names)).encode('utf-8', 'surrogatepass')
    return hashlib.sha256(text).hexdigest()[:16]


def _write_json(path: Path, data: Any) -> None:
    AtomicLocalBackend(flush=False).put_text(
        json.dumps(data, indent=1, allow_nan=False) + '\n', path)


def _plain(value: Any) -> Any:
    """Return a value with lists for arrays, and None for NaN and infinity."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _difficulty_bin(by: str, low: float | None, high: float | None,
                    targets: int, detected: Mapping[str, int],
                    seg_IoU: float | None) -> DifficultyBin:
    """Return a bin of a file, where an edge without end is null."""
    ends = (math.nan, math.nan) if low is None and high is None else (
        -math.inf if low is None else float(low),
        math.inf if high is None else float(high))
    return DifficultyBin(
        str(by),
        *ends,
        targets=int(targets),
        detected={name: int(hits) for name, hits in detected.items()},
        seg_IoU=_number(seg_IoU))


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _optional(kind: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None else kind(value)


def _arrays(curves: Mapping[str, Any]) -> dict[str, np.ndarray]:
    return {
        name: np.array([_number(value) for value in values])
        for name, values in curves.items()
    }


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: _number(value) for name, value in values.items()}
