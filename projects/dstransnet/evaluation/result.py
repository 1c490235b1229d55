"""What an evaluation says about a set of images, and its files."""
from __future__ import annotations

import dataclasses
import json
import math
import os.path as osp
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from .ratios import UNITS
from .records import ImageRecord, records_to_csv, worst_first

FORMAT = 'irstd-evaluation-1'


@dataclasses.dataclass
class EvaluationResult:
    """Metrics, curves and records of a set of images.

    Attributes:
        metrics (dict[str, float]): Metrics at the decision threshold, in the
            units of ``UNITS``; NaN where undefined.
        curves (dict[str, np.ndarray]): ``threshold`` and the pooled metrics at
            each, arrays of shape (T, ), in the same units; empty without a
            sweep.
        intervals (dict[str, tuple[float, float]]): 95 % confidence intervals
            of metrics; empty where none were asked for.
        images (list[ImageRecord]): One record an image.
        settings (dict): Threshold, matching rule and the like.
        num_images (int): Number of images; also known where the records were
            not read. Defaults to the number of records.
    """
    metrics: dict[str, float]
    curves: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)
    intervals: dict[str, tuple[float, float]] = dataclasses.field(
        default_factory=dict)
    images: list[ImageRecord] = dataclasses.field(default_factory=list)
    settings: dict[str, Any] = dataclasses.field(default_factory=dict)
    num_images: int = 0

    def __post_init__(self) -> None:
        self.num_images = self.num_images or len(self.images)

    def summary(self) -> dict[str, Any]:
        """Return everything but the records of images, ready for JSON."""
        return _plain(
            dict(
                format=FORMAT,
                num_images=self.num_images,
                settings=self.settings,
                metrics=self.metrics,
                intervals_95=self.intervals,
                units={name: UNITS.get(name, '') for name in self.metrics},
                curves=self.curves))

    def write(self, folder: str, sort_worst_first: bool = False) -> None:
        """Write result.json, per_image.json and per_image.csv.

        Undefined values are null in JSON and empty in CSV.

        Args:
            folder (str): Made if it is not there.
            sort_worst_first (bool): Sort the records by :func:`worst_first`
                instead of in the order of the set. Defaults to False.
        """
        images = worst_first(self.images) if sort_worst_first else self.images
        root = Path(folder)
        root.mkdir(parents=True, exist_ok=True)
        records = [dataclasses.asdict(image) for image in images]
        _write_json(root / 'result.json', self.summary())
        _write_json(root / 'per_image.json', _plain(records))
        (root / 'per_image.csv').write_text(
            records_to_csv(images),
            encoding='utf-8',
            errors='surrogateescape')  # names of files may be any bytes

    @classmethod
    def read(cls, path: str) -> EvaluationResult:
        """Read a result.json (without the records of images).

        Args:
            path (str): The file, or the folder that holds it.

        Raises:
            InputError: If it is missing or no such file.
        """
        if osp.isdir(path):
            path = osp.join(path, 'result.json')
        try:
            data = json.loads(Path(path).read_text(encoding='utf-8'))
        except (OSError, UnicodeError, json.JSONDecodeError) as error:
            raise InputError(
                f'{path}: cannot be read as a result ({error})') from error
        if not isinstance(data, dict) or data.get('format') != FORMAT:
            raise InputError(f'{path}: expected a result.json with "format": '
                             f'"{FORMAT}", as tools/test.py --out writes it')
        try:
            result = cls(
                metrics=_numbers(data['metrics']),
                curves={
                    name: np.array([_number(value) for value in values])
                    for name, values in data['curves'].items()
                },
                intervals={
                    name: (_number(low), _number(high))
                    for name, (low, high) in data['intervals_95'].items()
                },
                settings=dict(data['settings']),
                num_images=int(data.get('num_images', 0)))
        except (KeyError, TypeError, ValueError, AttributeError,
                OverflowError) as error:
            raise InputError(
                f'{path}: damaged ({type(error).__name__}: {error})'
            ) from error
        lengths = {len(values) for values in result.curves.values()}
        if len(lengths) > 1:
            raise InputError(f'{path}: damaged (curves of lengths '
                             f'{sorted(lengths)})')
        return result


def _write_json(path: Path, data: Any) -> None:
    path.write_text(
        json.dumps(data, indent=1, allow_nan=False) + '\n', encoding='utf-8')


def _plain(value: Any) -> Any:
    """Return a value with lists for arrays and None for what is not finite."""
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


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: _number(value) for name, value in values.items()}
