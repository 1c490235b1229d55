"""Measures beyond the published ones, each chosen by its name.

A new measure is a class with the interface of :class:`Measure` in a file of
its own, and an entry in :data:`MEASURES`.
"""
from __future__ import annotations

from collections.abc import Sequence

from ..functional.formulas import UNITS
from .difficulty import Difficulty
from .hierarchy import Hierarchy
from .measure import Measure
from .scene import Scene
from .shooting import Shooting

PUBLISHED = 'published'
"""Name of the metrics that every evaluation has by default."""

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (Hierarchy(), Hierarchy(padded=True), Shooting(),
                    Difficulty())
}
"""All measures but the published one, by name."""

MEASURE_NAMES = (PUBLISHED, *MEASURES)

for _measure in MEASURES.values():
    UNITS.update(_measure.units)


def check_measures(names: Sequence[str]) -> None:
    """Raise ValueError unless all are names of measures, each given once.

    Examples:
        >>> check_measures(['published', 'hierarchy'])
    """
    if isinstance(names, str) or not names or any(
            name not in MEASURE_NAMES for name in names) or len(
                set(names)) < len(names):
        raise ValueError('measures must be different names among '
                         f'{", ".join(MEASURE_NAMES)}, got {names!r}')


__all__ = [
    'MEASURES', 'MEASURE_NAMES', 'Measure', 'PUBLISHED', 'Scene',
    'check_measures'
]
