import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.dstransnet.evaluation import GOALS, choose_threshold

RATES = ('Fa', 'Fa_component', 'Fa_pixel')


def curves(**values) -> dict:
    return {name: np.array(value, float) for name, value in values.items()}


# By hand


@pytest.mark.parametrize('values, best', [
    ([1, 5, 2], 1),
    ([7], 0),
    # The middle of a plateau, the lower of two middles.
    ([1, 5, 5, 5, 2], 2),
    ([1, 5, 5, 2, 2], 1),
    ([1, 2, 5, 5, 5], 3),
    # Of two plateaus the first, not what lies between them.
    ([1, 5, 5, 5, 2, 5, 5, 5, 5], 2),
    # Almost as good is not as good.
    ([5, 5.0000001, 5], 1),
])
@pytest.mark.parametrize('goal', ['F1', 'IoU'])
def test_middle_of_the_best(goal, values, best):
    other = dict(F1='IoU', IoU='F1')[goal]
    found = curves(**{goal: values, other: range(len(values))})
    assert choose_threshold(found, goal) == best


BUDGET = curves(
    F1=[10, 60, 80, 80, 20], IoU=[5, 9, 8, 7, 6],
    Pd=[100, 95, 90, 90, 40], Fa=[900, 50, 40, 30, 0],
    Fa_component=[900, 80, 60, 50, 0], Fa_pixel=[950, 70, 50, 35, 0])


@pytest.mark.parametrize('goal, budget, fa, best', [
    ('Pd', 50, 'Fa', 1),  # as much as the budget is allowed
    ('Pd', 49.9, 'Fa', 3),  # of equal Pd, the fewer false alarms
    ('Pd', 29, 'Fa', 4),
    ('Pd', 70, 'Fa_component', 3),
    ('Pd', 70, 'Fa_pixel', 1),
    ('F1', None, 'Fa', 2),
    ('F1', 39, 'Fa', 3),
    ('IoU', 60, 'Fa_component', 2),
])
def test_budget(goal, budget, fa, best):
    assert choose_threshold(BUDGET, goal, budget, fa) == best


# Errors


@pytest.mark.parametrize('arguments, message', [
    (('AUC', ), r"goal must be one of \('F1', 'IoU', 'Pd'\), got 'AUC'"),
    (('F1', 1, 'FPR'), r"fa must be one of \('Fa', .*\), got "
     "'FPR'"),
    (('Pd', ), 'goal Pd needs fa_budget'),
    (('F1', -1), r'no threshold keeps Fa within -1e-6; the lowest reached is '
     r'0\.00e-6'),
])
def test_arguments_outside_their_values(arguments, message):
    with pytest.raises(ValueError, match=message):
        choose_threshold(BUDGET, *arguments)


@pytest.mark.parametrize('goal', GOALS)
def test_no_target_at_all(goal):
    """F1 and IoU are 0 then wherever anything is found."""
    found = dict(BUDGET, **curves(Pd=5 * [math.nan], F1=[0, 0, 0, 0, math.nan],
                                  IoU=[0, 0, 0, 0, math.nan]))
    for budget in (1000, -1):  # -1: there is no target comes first
        with pytest.raises(
                ValueError, match=f'^{goal} is undefined: there is no target'):
            choose_threshold(found, goal, budget)


@pytest.mark.parametrize('goal', GOALS)
def test_nothing_found_at_any_threshold_allowed(goal):
    values = {name: [100, 80, 0, 0, 0] for name in GOALS}
    found = dict(BUDGET, **curves(**values))
    assert choose_threshold(found, goal, 50) == 1
    for budget in (40, 0):
        with pytest.raises(
                ValueError, match=f'^{goal} is 0 at every threshold allowed$'):
            choose_threshold(found, goal, budget)


# Any curves


@given(st.data())
def test_no_allowed_threshold_is_better(data):
    size = data.draw(st.integers(1, 8))

    def curve(*special) -> list:
        values = st.sampled_from([0., 10., 20., 30., *special])
        return data.draw(st.lists(values, min_size=size, max_size=size))

    found = curves(**{goal: curve(math.nan) for goal in GOALS},
                   **{fa: curve() for fa in RATES})
    goal = data.draw(st.sampled_from(GOALS))
    fa = data.draw(st.sampled_from(RATES))
    budget = data.draw(st.sampled_from([10., 20., 35.]))
    if goal != 'Pd' and data.draw(st.booleans()):
        budget = None

    def merit(number: int) -> tuple:
        return (found[goal][number],
                -found[fa][number] if goal == 'Pd' else 0)

    allowed = [
        number for number in range(size) if not math.isnan(found[goal][number])
        and (budget is None or found[fa][number] <= budget)
    ]
    reason = ''
    if np.isnan(found['Pd']).all():
        reason = 'there is no target'
    elif budget is not None and (found[fa] > budget).all():
        reason = 'no threshold keeps'
    elif not any(found[goal][number] > 0 for number in allowed):
        reason = 'is 0 at every threshold allowed|no threshold keeps'
    if reason:
        with pytest.raises(ValueError, match=reason):
            choose_threshold(found, goal, budget, fa)
        return
    best = choose_threshold(found, goal, budget, fa)
    assert best in allowed
    assert merit(best) == max(map(merit, allowed))
    # As many neighbours serve as well to the left as to the right, or one
    # more there; and none that serves as well comes before these.
    as_good = [number in allowed and merit(number) == merit(best)
               for number in range(size)]
    first = best - next(
        (k for k in range(best + 1) if not as_good[best - k]), best + 1) + 1
    last = best + next(
        (k for k in range(size - best) if not as_good[best + k]),
        size - best) - 1
    assert (last - best) - (best - first) in (0, 1)
    assert not any(as_good[:first])
