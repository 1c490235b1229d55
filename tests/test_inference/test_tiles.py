"""Settings, positions and weights of tiles."""
import re

import pytest
import torch

from projects.dstransnet.inference import Tiling
from projects.dstransnet.inference.tiles import (
    ramp_window,
    tile_starts,
)
from projects.dstransnet.utils.errors import InputError

CASES = [(size, tile, overlap)
         for size in (16, 31, 32, 33, 64, 100, 129)
         for tile, overlap in ((32, 0), (32, 8), (32, 16), (48, 16))]


@pytest.mark.parametrize(('size', 'tile', 'overlap'), CASES)
def test_tiles_cover_the_frame_and_share_enough(size, tile, overlap):
    starts = tile_starts(size, tile, overlap)
    covered = torch.zeros(size)
    for start in starts:
        assert start == 0 or start + tile <= size
        covered[start:start + tile] += 1
    assert covered.min() >= 1
    assert starts == sorted(set(starts))
    shared = [a + tile - b for a, b in zip(starts, starts[1:])]
    # Neighbours share what was asked for; only the last may share more.
    assert shared[:-1] == [overlap] * len(shared[:-1])
    assert all(each >= overlap for each in shared[-1:])


@pytest.mark.parametrize(('size', 'tile', 'overlap'), CASES)
def test_weights_are_positive_and_share_every_pixel(size, tile, overlap):
    tile = min(tile, size)
    window = ramp_window(tile, min(overlap, tile // 2))
    assert 0 < window.min() and window.max() <= 1
    starts = tile_starts(size, tile, overlap)
    total = torch.zeros(size)
    for start in starts:
        total[start:start + tile] += window
    shares = [torch.zeros(size) for _ in starts]
    for share, start in zip(shares, starts):
        share[start:start + tile] = window / total[start:start + tile]
    torch.testing.assert_close(sum(shares), torch.ones(size))


def test_settings_of_mmseg_and_back():
    tiling = Tiling.make((64, 96), (16, 32), 3, divisor=16)
    assert tiling.test_cfg() == dict(
        mode='slide', crop_size=(64, 96), stride=(48, 64), tile_batch=3)
    assert Tiling.of(tiling.test_cfg(), 16) == tiling
    # As mmseg's own configs have it.
    assert Tiling.of(dict(mode='slide', crop_size=(64, 64),
                          stride=(48, 48))) == Tiling.make(64, 16)


def test_tiles_of_a_frame():
    tiling = Tiling.make(32, 8)
    assert tiling.within(32, 80) == ((32, 32), [(0, 0), (0, 24), (0, 48)])
    assert tiling.within(16, 40) == ((16, 32), [(0, 0), (0, 8)])


@pytest.mark.parametrize(('arguments', 'message'), [
    ((0, ), 'tile: expected a number of pixels of 1 or more, or height and '
     'width, got 0'),
    (((32, 32, 32), ), 'height and width, got (32, 32, 32)'),
    ((32.5, ), 'got 32.5'),
    ((40, 8, 1, 16), 'tile: expected multiples of 16 pixels for this '
     'network, got 40'),
    ((32, 17), 'overlap: expected half a tile at most, got 17 of 32'),
    ((32, -1), 'overlap: expected a number of pixels of 0 or more'),
    ((32, 8, 0), 'tile_batch: expected an integer of 1 or more, got 0'),
])
def test_wrong_settings_are_named(arguments, message):
    with pytest.raises(InputError, match=re.escape(message)):
        Tiling.make(*arguments)


@pytest.mark.parametrize('settings', [
    dict(stride=(8, 8)), dict(crop_size=(32, 32)),
    dict(crop_size=(32, 32), stride=(40, 40)),
])
def test_test_cfg_without_tiles(settings):
    with pytest.raises(InputError, match='expected a number of pixels'):
        Tiling.of(dict(mode='slide', **settings))
