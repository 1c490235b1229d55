"""A case with what came out of it, and the figures drawn from that."""
from __future__ import annotations

import dataclasses
from typing import Any

from .case import Case
from .macs import TRAINING_FACTOR
from .measure import Measurement
from .timing import UNIT_FLOP, Spread


@dataclasses.dataclass(frozen=True)
class Result:
    """A case and its measurement.

    Args:
        case (Case): What was measured.
        macs (int, optional): Multiply-accumulate operations of a forward
            pass of the plain form; None where they cannot be counted.
        measurement (Measurement, optional): What came out; None if there is
            none. Defaults to None.
        problem (str, optional): Why there is none, details in brackets.
            Defaults to None.
    """

    case: Case
    macs: int | None
    measurement: Measurement | None = None
    problem: str | None = None

    @property
    def measured(self) -> Measurement:
        """The measurement, where there is one."""
        assert self.measurement is not None, self.problem
        return self.measurement

    @property
    def time(self) -> Spread:
        """Seconds of a step."""
        return Spread.of(self.measured.seconds)

    @property
    def unit(self) -> Spread:
        """Seconds of the unit meanwhile."""
        return Spread.of(self.measured.unit_seconds)

    @property
    def products(self) -> float:
        """Time of a step in units: the ratio of medians."""
        return self.time.median / self.unit.median

    @property
    def images_per_second(self) -> float:
        """Images that the steps get through."""
        return self.case.batch / self.time.median

    @property
    def step_macs(self) -> int | None:
        """Operations of a step; three forward passes for a training step."""
        if self.macs is None:
            return None
        return self.macs * (TRAINING_FACTOR if self.case.train else 1)

    @property
    def share_of_limit(self) -> float | None:
        """Operations a second over those of the float32 matrix product.

        Both count a multiplication and an addition as two. Other precisions
        have other limits, so more than 1 is possible there.
        """
        if self.step_macs is None:
            return None
        return 2 * self.step_macs / UNIT_FLOP / self.products

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data, seconds and bytes."""
        found: dict[str, Any] = dict(
            form=self.case.form,
            case=dataclasses.asdict(self.case),
            problem=self.problem,
            macs=self.step_macs)
        if self.measurement is None:
            return found
        figures = dataclasses.asdict(self.measurement)
        figures['operators'] = [
            entry._asdict() for entry in self.measurement.operators]
        return dict(
            found,
            seconds=dataclasses.asdict(self.time),
            unit_seconds=dataclasses.asdict(self.unit),
            products=self.products,
            images_per_second=self.images_per_second,
            share_of_limit=self.share_of_limit,
            measurement=figures)
