"""Zones of tiles, by hand and pixel by pixel."""
import numpy as np
import pytest

from projects.dstransnet.inference import Tiling
from projects.dstransnet.inference.seams import (
    ZONES,
    add_counts,
    count_in_zones,
    seam_zones,
)


@pytest.mark.parametrize('near', [0, 1, 3])
def test_zones_pixel_by_pixel(near):
    height, width = 24, 30
    tiling = Tiling.make((16, 12), (4, 2))
    (high, wide), corners = tiling.within(height, width)
    found = seam_zones(height, width, tiling, near)
    for row in range(height):
        for column in range(width):
            inside, border = 0, False
            for top, left in corners:
                rows = top <= row < top + high
                columns = left <= column < left + wide
                inside += rows and columns
                # Edges lie between pixels: at 16, between 15 and 16.
                border |= columns and any(
                    0 < edge < height and abs(row + 0.5 - edge) < near
                    for edge in (top, top + high))
                border |= rows and any(
                    0 < edge < width and abs(column + 0.5 - edge) < near
                    for edge in (left, left + wide))
            expected = 2 if border else int(inside > 1)
            assert found[row, column] == expected, (row, column)


def test_counts():
    zones = np.uint8([[0, 0, 1, 1, 2], [0, 0, 1, 1, 2], [0, 0, 0, 0, 0]])
    wrong = np.array([[0, 1, 1, 0, 1], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0]])
    found = count_in_zones(wrong, zones)
    assert found == dict(
        inside=dict(area=9, pixels=1, components=1),
        overlap=dict(area=4, pixels=1, components=0),
        border=dict(area=2, pixels=2, components=1))
    assert add_counts([found, found])['inside'] == dict(
        area=18, pixels=2, components=2)


def test_all_or_nothing_wrong():
    zones = np.zeros((2, 3), np.uint8)
    assert count_in_zones(np.zeros((2, 3)), zones)['inside'] == dict(
        area=6, pixels=0, components=0)
    assert count_in_zones(np.ones((2, 3)), zones)['inside'] == dict(
        area=6, pixels=6, components=1)
    assert add_counts([]) == {
        zone: dict(area=0, pixels=0, components=0) for zone in ZONES}
