"""Interface of the measures that can be chosen by name."""
from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .scene import Scene


class Measure(abc.ABC):
    """A measure of a dataset: one record an image, and metrics of records.

    Attributes:
        name (str): Name to choose it by.
        units (Mapping[str, str]): Unit of each of its metrics, by name and in
            order.
        lower_is_better (frozenset[str]): Metrics of which less is better.
        unranked (frozenset[str]): Metrics that are neither good nor bad.
        uses_image (bool): Whether intensities are of use to it.
    """
    name: str
    units: Mapping[str, str]
    lower_is_better: frozenset[str] = frozenset()
    unranked: frozenset[str] = frozenset()
    uses_image: bool = False

    def check(self) -> None:  # noqa: B027 (most need no package)
        """Raise InputError if a package that it needs is missing."""

    @abc.abstractmethod
    def measure(self, scene: Scene) -> Any:
        """Return the record of one image; it can be pickled.

        Raises:
            ValueError: If the measure needs intensities and there are none.
        """

    @abc.abstractmethod
    def summarise(self, records: Sequence[Any]) -> dict[str, float]:
        """Return the metrics of a dataset, by name; NaN where undefined.

        Sums are exact, so that the order of the records makes no difference.
        """

    def needed_image(self, scene: Scene) -> np.ndarray:
        """Return the intensities, or raise ValueError without them."""
        if scene.image is None:
            raise ValueError(
                f'the measure {self.name!r} needs the images, got scores and '
                'masks only')
        return scene.image
