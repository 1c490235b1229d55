"""Tracks of targets over the frames of a sequence."""
from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Sequence

from ..utils.errors import InputError
from .targets import Target

REACH = 15.
"""Largest distance in pixels that a target moves from a frame to the next."""
GAP = 2
"""Frames in which a target may be missing."""
LEAST = 3
"""Frames in which a persistent target is seen."""


def check_tracking() -> None:
    """Raise InputError if laptrack is not installed."""
    try:
        importlib.import_module('laptrack')
    except ImportError as error:
        raise InputError('tracking needs laptrack: pip install '
                         "'dstransnet-mmseg[track]'") from error


def link_targets(frames: Sequence[Sequence[Target]],
                 reach: float = REACH,
                 gap: int = GAP,
                 least: int = LEAST) -> list[list[Target]]:
    """Number the tracks of targets over the frames of a sequence.

    Links centroids by linear assignment of least squared distance, first
    from frame to frame, then over gaps (Jaqaman et al., 2008), by the library
    laptrack. There is no model of motion or of appearance: two targets that
    cross may swap their numbers, and a camera that jumps ends all tracks.

    Args:
        frames (Sequence[Sequence[Target]]): Targets of each frame, in order.
        reach (float): Largest distance from one frame to the next, in pixels.
            Defaults to 15.
        gap (int): Frames in which a target may be missing. Defaults to 2.
        least (int): Frames in which a target is seen if it persists.
            Defaults to 3.

    Returns:
        list[list[Target]]: The same with ``track``, from 1 in the order of
        appearance, and ``persistent``.

    Raises:
        InputError: If laptrack is not installed.

    Reference:
        Jaqaman et al., Robust single-particle tracking in live-cell
        time-lapse sequences, Nature Methods 5, 2008.
    """
    check_tracking()
    from laptrack import LapTrack
    from pandas import DataFrame
    places = [(number, place) for number, found in enumerate(frames)
              for place in range(len(found))]
    if not places:
        return [[] for _ in frames]
    table = DataFrame(
        [(number, place, frames[number][place].row,
          frames[number][place].column) for number, place in places],
        columns=['time', 'place', 'row', 'column'])
    tracker = LapTrack(
        metric='sqeuclidean', cutoff=reach**2,
        gap_closing_cutoff=reach**2 if gap else False,
        gap_closing_max_frame_count=gap,
        splitting_cutoff=False, merging_cutoff=False)
    linked, _, _ = tracker.predict_dataframe(
        table, coordinate_cols=['row', 'column'], frame_col='time',
        only_coordinate_cols=False)
    track_of = dict(zip(
        zip(linked['time'], linked['place']), linked['track_id']))
    numbers: dict[int, int] = {}
    for place in places:
        numbers.setdefault(track_of[place], len(numbers) + 1)
    seen = Counter(track_of.values())
    return [[
        target._replace(
            track=numbers[track_of[number, place]],
            persistent=seen[track_of[number, place]] >= least)
        for place, target in enumerate(found)
    ] for number, found in enumerate(frames)]
