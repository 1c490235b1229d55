import pytest
import torch

from projects.dstransnet.utils import dtypes
from projects.dstransnet.utils.dtypes import usable_dtype


@pytest.mark.parametrize('found', [True, False, None])
def test_bfloat16_becomes_float32_on_cpus_without_it(monkeypatch, found):
    lines = []
    monkeypatch.setattr(dtypes, 'print_log', lambda line, **_: lines.append(
        line))
    operators = type('', (), {} if found is None else dict(
        _is_mkldnn_bf16_supported=staticmethod(lambda: found)))
    monkeypatch.setattr(torch.ops, 'mkldnn', operators)
    dtypes._cpu_has_bfloat16.cache_clear()
    slow = found is False
    try:
        for _ in range(2):
            assert usable_dtype(torch.bfloat16, 'cpu') == (
                torch.float32 if slow else torch.bfloat16)
    finally:
        dtypes._cpu_has_bfloat16.cache_clear()
    assert ['computing in float32' in line for line in lines] == [True] * slow
    assert usable_dtype(torch.bfloat16, 'cuda:1') == torch.bfloat16
    assert usable_dtype(torch.float32, 'cpu') == torch.float32
    assert usable_dtype(torch.float16, 'cpu') == torch.float16
