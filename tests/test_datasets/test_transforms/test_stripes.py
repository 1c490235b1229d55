import numpy as np
import pytest

from projects.dstransnet.datasets import StripeNoise

ROWS, COLUMNS = 30, 2000


def run(image: np.ndarray, offset: float = 0, gain: float = 0,
        direction: str = 'columns', seed: int = 0) -> np.ndarray:
    np.random.seed(seed)
    transform = StripeNoise((offset, offset), (gain, gain), direction, prob=1)
    return transform(dict(img=image))['img'].astype(np.float64)


def flat(level: float, shape=(ROWS, COLUMNS)) -> np.ndarray:
    return np.full(shape, level, np.float32)


def ramp() -> np.ndarray:
    """Grey levels that differ from row to row and column to column."""
    rows, cols = np.mgrid[:ROWS, :COLUMNS]
    return (20 + 5 * rows + cols % 50).astype(np.float32)


def test_offsets_are_constant_along_columns():
    added = run(ramp(), offset=3) - ramp()
    assert np.allclose(added, added[0], atol=1e-4)
    assert added[0].std() == pytest.approx(3, rel=4 / (2 * COLUMNS)**0.5)
    assert abs(added[0].mean()) < 4 * 3 / COLUMNS**0.5


def test_rows_are_the_columns_of_the_transpose():
    image = np.ascontiguousarray(ramp().T)
    added = run(image, offset=3, direction='rows') - image
    assert np.allclose(added, added[:, :1], atol=1e-4)
    assert added[:, 0].std() == pytest.approx(3, rel=4 / (2 * COLUMNS)**0.5)


def test_gains_are_constant_along_columns():
    gains = run(ramp(), gain=0.05) / ramp()
    assert np.allclose(gains, gains[0], atol=1e-5)
    assert gains[0].std() == pytest.approx(0.05, rel=4 / (2 * COLUMNS)**0.5)
    assert abs(gains[0].mean() - 1) < 4 * 0.05 / COLUMNS**0.5


def test_gain_and_offset_are_linear_in_the_level():
    """Levels 0, 100 and 200 of the same lines."""
    dark, middle, bright = (
        run(flat(level), offset=2, gain=0.03)[0] for level in (0, 100, 200))
    assert np.allclose(bright - middle, middle - dark, atol=1e-3)
    assert dark.std() == pytest.approx(2, rel=0.1)
    gains = (bright - dark) / 200 - 1
    assert gains.std() == pytest.approx(0.03, rel=0.1)
    assert abs(np.corrcoef(dark, gains)[0, 1]) < 4 / COLUMNS**0.5


def test_neighbouring_lines_are_independent():
    offsets = run(flat(100), offset=1)[0] - 100
    assert abs(np.corrcoef(offsets[1:], offsets[:-1])[0, 1]) < 4 / COLUMNS**0.5


def test_either_direction_by_chance():
    transform = StripeNoise((3, 3), (0, 0), 'either', prob=1)
    np.random.seed(0)
    vertical = 0
    for _ in range(200):
        added = transform(dict(img=flat(100, (6, 7))))['img'] - 100
        along = added.std(axis=0).max() < 1e-4
        across = added.std(axis=1).max() < 1e-4
        assert along != across
        vertical += along
    assert abs(vertical - 100) < 4 * 50**0.5


def test_deviations_are_drawn_from_the_range():
    np.random.seed(0)
    transform = StripeNoise((1, 5), (0, 0), prob=1)
    found = [transform(dict(img=flat(100, (1, 500))))['img'].std()
             for _ in range(200)]
    assert 0.9 < min(found) < 1.3 and 4.6 < max(found) < 5.5
    assert np.mean(found) == pytest.approx(3, abs=0.35)


@pytest.mark.parametrize('direction', ['vertical', '', None])
def test_wrong_direction(direction):
    with pytest.raises(ValueError, match='direction must be one of columns, '
                       f'rows, either, got {direction!r}'):
        StripeNoise(direction=direction)
