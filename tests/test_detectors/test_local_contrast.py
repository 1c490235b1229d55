from functools import partial

import numpy as np
import pytest

from projects.dstransnet.detectors import (
    hbmlcm,
    lcm,
    mpcm,
    rlcm,
    tllcm,
    wslcm,
)

MEASURES = (lcm, rlcm, mpcm, hbmlcm, tllcm, wslcm)


@pytest.mark.parametrize('name, measure', [
    ('lcm', lcm),
    ('rlcm', rlcm),
    ('mpcm', mpcm),
    ('mpcm_r9', lambda image: mpcm(image / 255, range(3, 20, 2))),
    ('hbmlcm', hbmlcm),
    ('hbmlcm_d9', partial(hbmlcm, boost_size=9, border='mirror')),
    ('tllcm', tllcm),
    ('wslcm', wslcm),
])
def test_goldens(check_golden, name, measure):
    check_golden(name, measure, 1e-6)


def cells(image: np.ndarray, y: int, x: int, size: int) -> list[np.ndarray]:
    """Return the cell of a pixel and the eight around it, away from borders.

    The own cell is number 4.
    """
    half = size // 2
    return [
        image[y + dy - half:y + dy + half + 1,
              x + dx - half:x + dx + half + 1].astype(float).ravel()
        for dy in (-size, 0, size) for dx in (-size, 0, size)
    ]


def slow_lcm(around: list[np.ndarray]) -> float:
    own = around.pop(4)
    return own.max()**2 / max(max(cell.mean() for cell in around), 1)


def slow_rlcm(around: list[np.ndarray], largest: int, beside: int) -> float:
    own = np.sort(around.pop(4))[-largest:].mean()
    highest = max(np.sort(cell)[-beside:].mean() for cell in around)
    return max(own**2 / max(highest, 1) - own, 0)


def slow_mpcm(around: list[np.ndarray]) -> float:
    above = [around[4].mean() - cell.mean() for cell in around]
    return max(min(above[n] * above[8 - n] for n in range(4)), 0)


@pytest.mark.parametrize('measure, slow', [
    (partial(lcm, sizes=[3]), slow_lcm),
    (partial(rlcm, size=3, counts=[(2, 4)]),
     partial(slow_rlcm, largest=2, beside=4)),
    (partial(mpcm, sizes=[3]), slow_mpcm),
])
def test_cells_are_compared_one_by_one(spot, measure, slow):
    scores = measure(spot)
    for y, x in [(30, 40), (31, 42), (28, 39), (12, 60), (50, 20)]:
        assert scores[y, x] == pytest.approx(slow(cells(spot, y, x, 3)))


@pytest.mark.parametrize('measure', MEASURES)
def test_black_images_divide_by_no_zero(measure):
    image = np.zeros((40, 40), np.uint8)
    image[20, 20] = 255
    with np.errstate(all='raise'):
        assert np.isfinite(measure(image)).all()


def test_wrong_windows_are_named(spot):
    with pytest.raises(ValueError, match='more than 9, got 9'):
        hbmlcm(spot, outer_size=9)
    with pytest.raises(ValueError, match="replicate, mirror, got 'zero'"):
        hbmlcm(spot, border='zero')
    with pytest.raises(ValueError, match='counts: expected 1 to 9 values'):
        rlcm(spot, size=3)
