"""Records of an evaluation, one an image."""
from __future__ import annotations

import csv
import dataclasses
import io
import math
from collections.abc import Iterable, Sequence

from ..functional.counts import DetectionCounts
from ..functional.formulas import ratio


@dataclasses.dataclass(frozen=True)
class ImageRecord:
    """Result of the evaluation of one image.

    Attributes:
        name (str): Name of the image.
        targets (int): True targets.
        detected (int): Targets detected.
        false_alarms (int): Components that are no hits.
        false_alarm_pixels (float): Their area in pixels; NaN for boxes and
            points.
        IoU (float): IoU of the target class, %; NaN without target and
            prediction, and for boxes and points.
        threshold (float): Decision threshold.
    """
    name: str
    targets: int
    detected: int
    false_alarms: int
    false_alarm_pixels: float
    IoU: float
    threshold: float

    @classmethod
    def of(cls, name: str, counts: DetectionCounts,
           threshold: float) -> ImageRecord:
        """Return the record of an image with these counts."""
        return cls(
            name=name,
            targets=int(counts.targets),
            detected=int(counts.detected),
            false_alarms=int(counts.false_alarms),
            false_alarm_pixels=int(counts.false_component),
            IoU=100 * ratio(counts.true_positives, counts.union),
            threshold=float(threshold))


def worst_first(records: Iterable[ImageRecord]) -> list[ImageRecord]:
    """Sort records by IoU, lowest first.

    Records of undefined IoU come last. Among equal ones, more missed targets
    come first, then more false alarms, then more false-alarm pixels.
    """
    return sorted(
        records,
        key=lambda record:
        (math.inf if math.isnan(record.IoU) else record.IoU, record.detected -
         record.targets, -record.false_alarms,
         0 if math.isnan(record.false_alarm_pixels) else
         -record.false_alarm_pixels, record.name))


def records_to_csv(records: Sequence[ImageRecord]) -> str:
    """Write records as CSV with a header; undefined values are empty."""
    text = io.StringIO()
    names = [field.name for field in dataclasses.fields(ImageRecord)]
    writer = csv.DictWriter(text, names, lineterminator='\n')
    writer.writeheader()
    for record in records:
        row = dataclasses.asdict(record)
        writer.writerow({
            key: '' if value != value else value
            for key, value in row.items()
        })
    return text.getvalue()
