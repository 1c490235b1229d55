import csv
import io
import math

import pytest

from projects.dstransnet.evaluation import (
    DetectionCounts,
    ImageRecord,
    worst_first,
)
from projects.dstransnet.evaluation.report.image_records import records_to_csv

COUNTS = DetectionCounts(
    pixels=100, true_positives=3, predicted=9, actual=6, targets=4,
    detected=2, false_area=1, false_component=5, false_pixel=7,
    false_alarms=2)
NAMES = ['plain', 'a,b', 'say "a"', "it's", 'ünï/目标', ' spaces ', 'a\nb',
         '007', '']


def record(name: str, iou: float, missed: int = 0,
           false_pixels: int = 0) -> ImageRecord:
    return ImageRecord(name, 3, 3 - missed, 1, false_pixels, iou, 0.5)


def test_record_of_an_image():
    found = ImageRecord.of('a', COUNTS, 0.25)
    assert found == ImageRecord(
        name='a', targets=4, detected=2, false_alarms=2,
        false_alarm_pixels=5, IoU=25.0, threshold=0.25)


def test_iou_is_undefined_without_target_and_prediction():
    found = ImageRecord.of('a', DetectionCounts(pixels=100), 0.5)
    assert math.isnan(found.IoU)
    assert (found.targets, found.false_alarms) == (0, 0)
    only_false = DetectionCounts(100, predicted=3, false_alarms=1)
    assert ImageRecord.of('a', only_false, 0.5).IoU == 0


# Order


@pytest.mark.parametrize('order', [(0, 1, 2, 3), (3, 1, 0, 2)])
@pytest.mark.parametrize('expected', [
    # By IoU; then missed targets, pixels of false alarms and name.
    [
        record('z', 0.0, missed=3, false_pixels=2),
        record('y', 0.0, missed=1, false_pixels=9),
        record('a', 0.0, missed=1, false_pixels=4),
        record('b', 0.0, missed=1, false_pixels=4),
        record('d', 12.5, missed=3, false_pixels=90),
        record('c', 80.0),
        record('e', 100.0),
        record('nothing 1', math.nan),
        record('nothing 2', math.nan),
    ],
    # Of boxes, without pixels: by missed targets, false alarms and name.
    [
        ImageRecord(name, 4, 4 - missed, false_alarms, math.nan, math.nan, 0.5)
        for name, missed, false_alarms in (
            ('z', 3, 0), ('y', 1, 5), ('c', 1, 2), ('d', 1, 2), ('a', 0, 7),
            ('x', 0, 1), ('b', 0, 0))
    ],
], ids=['masks', 'boxes'])
def test_worst_first(expected, order):
    found = worst_first(one for k in order for one in expected[k::4])
    assert [one.name for one in found] == [one.name for one in expected]


# CSV


def test_csv_keeps_any_name_and_every_digit():
    records = [record(name, 100 / (3 + number))
               for number, name in enumerate(NAMES)]
    rows = list(csv.DictReader(io.StringIO(records_to_csv(records),
                                           newline='')))
    assert len(rows) == len(NAMES)
    for one, row in zip(records, rows):
        assert row.pop('name') == one.name
        assert {key: float(value) for key, value in row.items()} == {
            key: value for key, value in vars(one).items() if key != 'name'
        }
