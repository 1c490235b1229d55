import math

import pytest

from projects.dstransnet.evaluation.functional.wilson_interval import (
    wilson_interval,
)


@pytest.mark.parametrize(('hits', 'number'), [(0, 5), (5, 5), (7, 20)])
def test_wilson_interval_solves_its_equation(hits, number):
    """At both ends the score test is at its limit of 1.96 deviations."""
    for end in wilson_interval(hits, number):
        if 0 < end < 1:
            deviation = math.sqrt(end * (1 - end) / number)
            assert abs(hits / number - end) / deviation == pytest.approx(1.96)
