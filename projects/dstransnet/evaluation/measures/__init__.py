"""Measures beyond the published ones, each chosen by its name.

A new measure is a class with the interface of :class:`Measure` in a file of
its own, and an entry in :data:`MEASURES`.
"""
from __future__ import annotations

from collections.abc import Sequence

from ..functional.formulas import UNITS
from .background import Background
from .box_ap import BoxAveragePrecision
from .centroid import CentroidDistances
from .challenge import Challenge
from .difficulty import Difficulty
from .froc import Froc
from .hierarchy import Hierarchy
from .measure import Measure
from .nocoap import NormalisedContrast
from .roc_3d import Roc3d
from .scene import Scene
from .shooting import Shooting
from .target import TargetLevel

PUBLISHED = 'published'
"""Name of the metrics that every evaluation has by default."""

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Hierarchy(), Hierarchy(padded=True), Shooting(), TargetLevel(),
        CentroidDistances(), CentroidDistances(overlap=True),
        BoxAveragePrecision(), NormalisedContrast(), Froc(), Background(),
        Roc3d(), Challenge(), Difficulty())
}
"""All measures but the published one, by name."""

MEASURE_NAMES = (PUBLISHED, *MEASURES)

for _measure in MEASURES.values():
    UNITS.update(_measure.units)


def check_measures(names: Sequence[str]) -> None:
    """Check that all are names of measures, each given once.

    Raises:
        ValueError: If they are not.
        InputError: If a measure needs a package that is not installed.

    Examples:
        >>> check_measures(['published', 'hierarchy'])
    """
    if isinstance(names, str) or not names or any(
            name not in MEASURE_NAMES for name in names) or len(
                set(names)) < len(names):
        raise ValueError('measures must be different names in a list, among '
                         f'{", ".join(MEASURE_NAMES)}, got {names!r}')
    for name in names:
        if name != PUBLISHED:
            MEASURES[name].check()


__all__ = [
    'MEASURES', 'MEASURE_NAMES', 'Measure', 'PUBLISHED', 'Scene',
    'check_measures'
]
