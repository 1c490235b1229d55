"""Tracks of targets with known motion."""
import numpy as np
import pytest

from projects.dstransnet.inference import Target
from projects.dstransnet.inference.tracking import link_targets

pytest.importorskip('laptrack', reason='needs the extra [track]')


def target(row: float, column: float) -> Target:
    top, left = int(row), int(column)
    return Target(.9, left, top, left + 2, top + 2, row, column, 4, .8)


def test_crossing_of_a_scene_that_drifts():
    """Three targets on lines, noise of half a pixel, one gap, one alarm."""
    rng = np.random.default_rng(0)
    starts = np.array([[20., 20], [60, 100], [110, 40]])
    speeds = np.array([[2., 3], [-1, -4], [0, 5]])
    frames, truth = [], []
    for number in range(20):
        places = starts + number * speeds + rng.normal(0, .5, (3, 2))
        seen = [(each, place) for each, place in enumerate(places)
                if (each, number) != (1, 9)]
        if number == 5:
            seen.append((3, np.array([200., 200])))
        order = rng.permutation(len(seen))
        frames.append([target(*seen[n][1]) for n in order])
        truth.append([seen[n][0] for n in order])
    linked = link_targets(frames)
    tracks = {each: {found.track for frame, names in zip(linked, truth)
                     for found, name in zip(frame, names) if name == each}
              for each in range(4)}
    assert all(len(found) == 1 for found in tracks.values())
    assert len(set.union(*tracks.values())) == 4
    lasting = {name: found.persistent for frame, names in zip(linked, truth)
               for found, name in zip(frame, names)}
    assert lasting == {0: True, 1: True, 2: True, 3: False}
    # Nothing else changes.
    assert [[each[:-2] for each in frame] for frame in linked] == [
        [each[:-2] for each in frame] for frame in frames]


def test_no_targets_and_single_frames():
    assert link_targets([[], []]) == [[], []]
    ((found, ), ) = link_targets([[target(3, 4)]])
    assert (found.track, found.persistent) == (1, False)


def test_jumps_end_a_track():
    frames = [[target(10, 10)], [target(12, 10)], [target(60, 60)]]
    assert [found.track for (found, ) in link_targets(frames)] == [1, 1, 2]
