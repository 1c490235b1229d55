import numpy as np
import pytest

from projects.dstransnet.visualization.findings import Finding, Kind
from projects.dstransnet.visualization.layout import LINE, MARGIN, tag
from projects.dstransnet.visualization.panels import panel_row


def finding(row, column, number, kind=Kind.HIT):
    return Finding(kind, number, 9, (row, column, row + 3, column + 3))


def result_panel(findings, numbered, size=64):
    """The result of a grey image, at scale 8 for 64 pixels."""
    image = np.full((size, size), 90, np.uint8)
    row = panel_row(image, None, None, findings, numbered)
    return row[LINE + MARGIN:, -512:]


def places(panel, block):
    """Where a block is in a panel, exactly."""
    height, width = block.shape[:2]
    windows = np.lib.stride_tricks.sliding_window_view(
        panel[..., 1], (height, width))
    rows, columns = np.nonzero((windows == block[..., 1]).all(axis=(2, 3)))
    return list(zip(rows.tolist(), columns.tolist()))


@pytest.mark.parametrize('row, column', [(0, 0), (61, 61), (30, 30),
                                         (0, 30)])
def test_numbers_are_beside_their_circles(row, column):
    target = finding(row, column, 7)
    number = tag('7', Kind.HIT.colour)
    (top, left), = places(result_panel([target], [target]), number)
    centre = top + number.shape[0] / 2, left + number.shape[1] / 2
    distance = np.hypot(centre[0] - (row + 1.5) * 8,
                        centre[1] - (column + 1.5) * 8)
    # The radius of the circle is half a diagonal of 34 pixels and 6.
    assert 23 < distance < 50


def test_only_close_ups_are_numbered():
    targets = [finding(10, 10, 1), finding(40, 40, 2)]
    panel = result_panel(targets, targets[1:])
    assert places(panel, tag('1', Kind.HIT.colour)) == []
    assert len(places(panel, tag('2', Kind.HIT.colour))) == 1


def test_numbers_hide_neither_targets_nor_each_other():
    # Each is where the number of the one before would be.
    targets = [finding(40 - 4 * step, 20 + 4 * step, 1 + step)
               for step in range(5)]
    panel = result_panel(targets, targets)
    for target in targets:
        assert len(places(panel, tag(str(target.number),
                                     Kind.HIT.colour))) == 1
        top, left, bottom, right = (8 * side for side in target.box)
        inner = panel[top + 6:bottom - 6, left + 6:right - 6]
        assert (inner == 90).all()
