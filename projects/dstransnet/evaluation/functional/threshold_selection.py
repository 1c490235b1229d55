"""Selection of a decision threshold from swept curves."""
from __future__ import annotations

from collections.abc import Mapping

import numpy as np

GOALS = ('F1', 'IoU', 'Pd')

FA_NAMES = ('Fa', 'Fa_component', 'Fa_pixel')
"""The three false-alarm rates, see :func:`pooled_metrics`."""


def choose_threshold(curves: Mapping[str, np.ndarray],
                     goal: str = 'F1',
                     fa_budget: float | None = None,
                     fa: str = 'Fa') -> int:
    """Return the position in swept curves of the best threshold for a goal.

    If neighbouring thresholds are equally good, the middle one is taken. If
    ``'Pd'`` is equal, the threshold with fewer false alarms is better.

    Args:
        curves (Mapping[str, np.ndarray]): Like
            :attr:`EvaluationResult.curves`.
        goal (str): What to maximise: ``'F1'`` or ``'IoU'`` over pixels, or
            ``'Pd'`` under the budget. Defaults to ``'F1'``.
        fa_budget (float, optional): Highest false-alarm rate allowed, in
            1e-6; needed for ``'Pd'``, allowed with the others. Defaults to
            None.
        fa (str): The false-alarm rate that the budget is for, one of
            :data:`FA_NAMES`. Defaults to ``'Fa'``.

    Raises:
        ValueError: If an argument is invalid, there is no target, no
            threshold keeps the budget, or the goal is 0 at all that do.

    Examples:
        >>> curves = dict(Pd=np.array([100., 90., 90., 80., 10.]),
        ...               Fa=np.array([900., 40., 30., 9., 0.]))
        >>> choose_threshold(curves, 'Pd', fa_budget=10)
        3
    """
    if goal not in GOALS:
        raise ValueError(f'goal must be one of {GOALS}, got {goal!r}')
    if fa not in FA_NAMES:
        raise ValueError(f'fa must be one of {FA_NAMES}, got {fa!r}')
    if goal == 'Pd' and fa_budget is None:
        raise ValueError('goal Pd needs fa_budget: without one, predicting '
                         'every pixel would be best')
    if np.isnan(curves.get('Pd', curves[goal])).all():
        raise ValueError(f'{goal} is undefined: there is no target')
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
