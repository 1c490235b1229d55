"""Errors of predictions near the seams of tiles, counted by zone."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..imaging.components import connected_components
from .tiles import Tiling

ZONES = ('inside', 'overlap', 'border')
"""Zones of :func:`seam_zones`, by number."""


def seam_zones(height: int, width: int, tiling: Tiling,
               near: int) -> np.ndarray:
    """Return the zone of each pixel of a frame.

    ``border``: within ``near`` pixels of a tile's edge inside the frame, on
    either side of it; ``overlap``: elsewhere in more than one tile;
    ``inside``: in one tile, away from its edges.

    Args:
        height (int): Height of the frame, in pixels.
        width (int): Width of the frame, in pixels.
        tiling (Tiling): Size and overlap of the tiles.
        near (int): Pixels on either side of an edge, 0 or more.

    Returns:
        np.ndarray: Positions in :data:`ZONES`, uint8 of shape (H, W).

    Examples:
        >>> seam_zones(2, 12, Tiling.make((2, 8), (0, 4)), 1)[0].tolist()
        [0, 0, 0, 2, 2, 1, 1, 2, 2, 0, 0, 0]
    """
    (high, wide), corners = tiling.within(height, width)
    count = np.zeros((height, width), int)
    border = np.zeros((height, width), bool)

    def edges(start: int, length: int, size: int) -> list[slice]:
        return [slice(max(edge - near, 0), edge + near)
                for edge in (start, start + length) if 0 < edge < size]

    for top, left in corners:
        rows, columns = slice(top, top + high), slice(left, left + wide)
        count[rows, columns] += 1
        for across in edges(top, high, height):
            border[across, columns] = True
        for down in edges(left, wide, width):
            border[rows, down] = True
    return np.where(border, 2, count > 1).astype(np.uint8)


def count_in_zones(wrong: np.ndarray, zones: np.ndarray) -> dict[str, dict]:
    """Count wrong pixels and their connected components in each zone.

    Pixels of one target are often wrong together; components are closer to
    independent errors. A component belongs to the zone of its first pixel in
    raster order.

    Args:
        wrong (np.ndarray): Mask of shape (H, W).
        zones (np.ndarray): Result of :func:`seam_zones`.

    Returns:
        dict[str, dict[str, int]]: For each zone ``area``, ``pixels`` and
        ``components``.

    Examples:
        >>> zones = np.uint8([[0, 0, 1, 2]])
        >>> count_in_zones(np.array([[1, 1, 1, 0]]), zones)['overlap']
        {'area': 1, 'pixels': 1, 'components': 0}
    """
    found = connected_components(wrong)
    _, first = np.unique(found.labels, return_index=True)
    if len(first) > len(found):  # without the background
        first = first[1:]
    owners = zones.flat[first]
    inside = wrong != 0
    return {
        name: dict(
            area=int((zones == number).sum()),
            pixels=int((inside & (zones == number)).sum()),
            components=int((owners == number).sum()))
        for number, name in enumerate(ZONES)
    }


def add_counts(counts: Sequence[dict[str, dict]]) -> dict[str, dict]:
    """Return the sums of results of :func:`count_in_zones`."""
    return {
        zone: {key: sum(each[zone][key] for each in counts)
               for key in ('area', 'pixels', 'components')}
        for zone in ZONES
    }
