import time

import pytest
import torch

from projects.dstransnet.profiling import (
    UNIT_FLOP,
    Spread,
    matrix_product,
    time_in_turns,
)
from projects.dstransnet.profiling.timing import elapsed, full_precision

CPU = torch.device('cpu')


def test_spread_of_one_value():
    assert Spread.of([2.0]) == Spread(2.0, 2.0, 2.0)


def test_elapsed_is_in_seconds():
    assert 0.05 <= elapsed(lambda: time.sleep(0.05), CPU) < 0.5


def test_actions_take_turns():
    calls = []
    times = time_in_turns(
        dict(a=lambda: calls.append('a'), b=lambda: calls.append('b')), CPU, 3)
    assert calls == ['a', 'b'] * 3
    assert len(times['a']) == len(times['b']) == 3


@pytest.mark.parametrize('repeats, expected', [(2, 2), (50, 3)])
def test_stops_after_the_time_but_not_before_three_rounds(repeats, expected):
    times = time_in_turns(
        dict(a=lambda: time.sleep(0.01)), CPU, repeats, max_seconds=1e-3)
    assert len(times['a']) == expected


def test_unit_multiplies_in_full_precision(monkeypatch):
    seen = {}

    def mm(left, right, out):
        seen.update(left=left, right=right, out=out,
                    precision=torch.get_float32_matmul_precision())

    monkeypatch.setattr(torch, 'mm', mm)
    torch.set_float32_matmul_precision('medium')
    try:
        matrix_product(CPU)()
        assert torch.get_float32_matmul_precision() == 'medium'
    finally:
        torch.set_float32_matmul_precision('highest')
    assert seen['precision'] == 'highest'
    for name in ('left', 'right', 'out'):
        assert seen[name].shape == (2048, 2048)
        assert seen[name].dtype == torch.float32
    assert UNIT_FLOP == 2 * 2048**3


def test_precision_is_put_back_after_an_error():
    torch.set_float32_matmul_precision('high')
    with pytest.raises(KeyError), full_precision():
        raise KeyError
    assert torch.get_float32_matmul_precision() == 'high'
