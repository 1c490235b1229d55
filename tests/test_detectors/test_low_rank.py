from functools import partial

import numpy as np
import pytest

from projects.dstransnet.detectors import ipi, nram, pstnn, ript


@pytest.mark.parametrize('name, method', [
    ('ipi', partial(ipi, anchored=False)),
    ('ipi_anchored', ipi),
    ('nram', nram),
    ('pstnn', pstnn),
    ('pstnn_s20', partial(pstnn, step=20)),
    ('ript', ript),
])
def test_goldens(check_golden, name, method):
    check_golden(name, method, 1e-4)


@pytest.mark.parametrize('method', [
    partial(ipi, size=24, step=8),
    partial(nram, size=24, step=8),
    partial(pstnn, weight=0.1),
    partial(ript, size=20, step=8),
])
def test_targets_remain_and_background_goes(spot, method):
    scores = method(spot)
    assert scores.shape == spot.shape
    y, x = np.unravel_index(scores.argmax(), scores.shape)
    assert max(abs(y - 30), abs(x - 40)) <= 1
    away = scores.copy()
    away[25:36, 35:46] = 0
    assert away.max() < 0.5 * scores.max()


@pytest.mark.parametrize('method', [ipi, nram, pstnn, ript])
def test_images_smaller_than_a_patch_are_one_patch(spot, method):
    small = spot[22:40, 30:50]
    scores = method(small)
    assert scores.shape == small.shape and np.isfinite(scores).all()
