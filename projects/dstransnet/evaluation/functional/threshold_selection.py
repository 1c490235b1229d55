"""Choosing the threshold of decisions from swept curves."""
from __future__ import annotations

from collections.abc import Mapping

import numpy as np

GOALS = ('F1', 'IoU', 'Pd')


def choose_threshold(curves: Mapping[str, np.ndarray],
                     goal: str = 'F1',
                     fa_budget: float | None = None,
                     fa: str = 'Fa') -> int:
    """Return the position of the threshold that serves a goal best.

    Of neighbouring thresholds that serve it equally the middle one is taken,
    which is farthest from doing worse. For ``'Pd'`` equal Pd is decided by
    the fewer false alarms first.

    Args:
        curves (Mapping[str, np.ndarray]): As of
            :attr:`EvaluationResult.curves`.
        goal (str): What to maximise: ``'F1'`` or ``'IoU'`` over pixels, or
            ``'Pd'`` under the budget. Defaults to ``'F1'``.
        fa_budget (float, optional): Highest false-alarm rate allowed, in
            1e-6; needed for ``'Pd'``, allowed with the others. Defaults to
            None.
        fa (str): Which definition the budget is for: ``'Fa'``,
            ``'Fa_component'`` or ``'Fa_pixel'``. Defaults to ``'Fa'``.

    Returns:
        int: Position in the curves.

    Raises:
        ValueError: If an argument is outside its values, there is no target,
            no threshold keeps the budget, or the goal is 0 at all that do.

    Examples:
        >>> curves = dict(
        ...     F1=np.array([10., 80., 80., 80., 20.]),
        ...     Pd=np.array([100., 90., 90., 80., 10.]),
        ...     Fa=np.array([900., 40., 30., 9., 0.]))
        >>> choose_threshold(curves)
        2
        >>> choose_threshold(curves, 'Pd', fa_budget=10)
        3
    """
    if goal not in GOALS:
        raise ValueError(f'goal must be one of {GOALS}, got {goal!r}')
    if fa not in ('Fa', 'Fa_component', 'Fa_pixel'):
        raise ValueError("fa must be 'Fa', 'Fa_component' or 'Fa_pixel', got "
                         f'{fa!r}')
    if goal == 'Pd' and fa_budget is None:
        raise ValueError('goal Pd needs fa_budget: without one every pixel '
                         'might be called target')
    if np.isnan(curves.get('Pd', curves[goal])).all():
        raise ValueError(f'{goal} says nothing: there is no target')
    allowed = ~np.isnan(curves[goal])
    if fa_budget is not None:
        allowed &= curves[fa] <= fa_budget
        if not allowed.any():
            raise ValueError(
                f'no threshold keeps {fa} within {fa_budget:g}e-6; the '
                f'lowest reached is {np.nanmin(curves[fa]):.2f}e-6')
    if not allowed.any() or curves[goal][allowed].max() == 0:
        raise ValueError(f'{goal} is 0 at every threshold allowed')
    best = allowed & (curves[goal] == curves[goal][allowed].max())
    if goal == 'Pd':
        best &= curves[fa] == curves[fa][best].min()
    first = int(best.argmax())
    run = int((~best[first:]).argmax()) or len(best) - first
    return first + (run - 1) // 2
