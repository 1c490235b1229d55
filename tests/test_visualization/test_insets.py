import numpy as np
import pytest

from projects.dstransnet.visualization.findings import Finding, Kind
from projects.dstransnet.visualization.insets import (
    PREDICTION,
    SIDE,
    TRUTH,
    choose,
    close_up,
    crop_side,
    draw_outlines,
)


def square(row, column, side=3, shape=(64, 64)):
    mask = np.zeros(shape, np.uint8)
    mask[row:row + side, column:column + side] = 1
    return mask


def finding(row, column, side=3, kind=Kind.HIT, number=1):
    return Finding(kind, number, side * side,
                   (row, column, row + side, column + side))


def outline(canvas, colour):
    return (canvas == colour).all(axis=-1)


def test_outlines_touch_the_edges_from_either_side():
    mask = square(4, 5, 6, (16, 16))
    canvas = np.zeros((16, 16, 3), np.uint8)
    draw_outlines(canvas, mask, mask, width=1)
    outside, inside = square(3, 4, 8, (16, 16)), square(5, 6, 4, (16, 16))
    assert (outline(canvas, TRUTH) == (outside > mask)).all()
    assert (outline(canvas, PREDICTION) == (mask > inside)).all()


def test_outlines_that_share_their_place_alternate():
    # The prediction begins in the column after the truth's last.
    truth, prediction = square(8, 2, 12, (32, 32)), square(8, 14, 12, (32, 32))
    canvas = np.zeros((32, 32, 3), np.uint8)
    draw_outlines(canvas, truth, prediction, width=1)
    shared = canvas[8:20, 14]
    assert (shared == TRUTH).all(axis=-1).sum() == 6
    assert (shared == PREDICTION).all(axis=-1).sum() == 6
    assert (canvas[8:20, 1] == TRUTH).all()
    assert (canvas[8:20, 25] == PREDICTION).all()


def test_a_close_up_shows_the_target_enlarged_in_the_middle():
    mask = square(30, 40)
    image = 50 + 100 * mask
    canvas = close_up(finding(30, 40), image, np.zeros_like(mask), mask)
    assert canvas.shape == (SIDE, SIDE, 3)
    zoom = SIDE // 16
    pixels = (canvas == 150).all(axis=-1)
    rows, columns = np.nonzero(pixels)
    assert pixels.sum() == 9 * zoom**2
    assert np.ptp(rows) == np.ptp(columns) == 3 * zoom - 1
    # An odd target in an even crop is half a pixel off.
    assert abs(rows.mean() - SIDE / 2) <= zoom / 2 + 1
    assert abs(columns.mean() - SIDE / 2) <= zoom / 2 + 1
    # The outline is just outside of these pixels.
    green = outline(canvas, TRUTH)
    assert green[rows.min() - 1, columns.min()] and not green[rows.min(),
                                                              columns.min()]
    assert green.sum() == (3 * zoom + 4)**2 - (3 * zoom)**2
    assert not outline(canvas, PREDICTION).any()


@pytest.mark.parametrize('row, column', [(0, 0), (61, 61), (0, 30)])
def test_targets_at_the_border_stay_in_the_middle(row, column):
    mask = square(row, column)
    image = 50 + 100 * mask
    canvas = close_up(finding(row, column), image, mask, mask)
    zoom = SIDE // 16
    outside = outline(canvas, (255, 255, 255))
    for lines, place in ((outside, row), (outside.T, column)):
        assert lines[0].all() == (place == 0)
        assert lines[-1].all() == (place == 61)
    # Truth's outline is closed, also where the image ends.
    green = np.argwhere(outline(canvas, TRUTH))
    assert (np.ptp(green, axis=0) == 3 * zoom + 3).all()
    assert len(green) == (3 * zoom + 4)**2 - (3 * zoom)**2
    assert outline(canvas, PREDICTION).sum() == (3 * zoom)**2 - (3 * zoom -
                                                                 4)**2
    assert np.abs(green.mean(axis=0) - SIDE / 2).max() <= zoom / 2 + 1


@pytest.mark.parametrize('side, crop', [(1, 16), (10, 16), (11, 20), (40, 60),
                                        (160, 240), (1000, 1500)])
def test_crops_hold_the_finding_and_some_of_its_surroundings(side, crop):
    assert crop_side(finding(0, 0, side)) == crop


def test_what_is_larger_than_a_close_up_is_shrunk():
    mask = square(10, 10, 500, (520, 520))
    canvas = close_up(finding(10, 10, 500), mask, mask, mask)
    green = np.argwhere(outline(canvas, TRUTH))
    assert np.ptp(green, axis=0) == pytest.approx(500 * SIDE / 750, abs=4)


def test_errors_are_chosen_before_hits():
    kinds = [Kind.HIT, Kind.HIT, Kind.MISSED, Kind.HIT, Kind.FALSE_ALARM]
    findings = [finding(0, 0, kind=kind, number=number)
                for number, kind in enumerate(kinds, start=1)]

    def numbers(most):
        return [item.number for item in choose(findings, most)]

    assert numbers(1) == [3]
    assert numbers(3) == [1, 3, 5]
    assert numbers(9) == [1, 2, 3, 4, 5]
