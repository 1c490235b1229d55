"""Measuring all cases of a run, one after the other."""
from __future__ import annotations

from collections.abc import Callable, Sequence

from mmengine.config import Config

from .case import Case
from .case_result import Result
from .child import OutOfMemory, measure_apart
from .macs import macs_by_size


def measure_all(cfg: Config, cases: Sequence[Case],
                finished: Callable[[list[Result]], None]) -> list[Result]:
    """Measure cases, each in a process of its own.

    A case that runs out of memory stays in the results as such, and cases of
    its form with at least as many pixels are not tried.

    Args:
        cfg (Config): Config of the cases, options applied.
        cases (Sequence[Case]): What to measure.
        finished (Callable): Called with all results so far after each.

    Returns:
        list[Result]: One a case.

    Raises:
        InputError: If a size does not fit the network.
    """
    macs = macs_by_size(
        cfg, dict.fromkeys((case.height, case.width) for case in cases))
    results: list[Result] = []
    too_large: dict[str, int] = {}
    for case in cases:
        each = macs[case.height, case.width]
        number = None if each is None else case.batch * each
        if case.pixels >= too_large.get(case.form, case.pixels + 1):
            result = Result(case, number, problem='not tried (fewer pixels '
                            'ran out of memory)')
        else:
            try:
                result = Result(case, number, measure_apart(case))
            except OutOfMemory as error:
                too_large[case.form] = case.pixels
                result = Result(
                    case, number, problem=f'out of memory ({error})')
        results.append(result)
        finished(results)
    return results
