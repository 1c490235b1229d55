import dataclasses

import pytest
from helpers.samples import result
from mmengine.config import Config

from projects.dstransnet.profiling import OutOfMemory, measure_all, run
from projects.dstransnet.utils.errors import InputError


def test_out_of_memory_keeps_the_others(case, config, monkeypatch):
    tried = []

    def measure_apart(each):
        tried.append(str(each))
        if each.width > 32 and not each.compiled:
            raise OutOfMemory('no more')
        return result().measurement

    monkeypatch.setattr(run, 'measure_apart', measure_apart)
    monkeypatch.setattr(
        run, 'macs_by_size',
        lambda cfg, sizes: {size: sum(size) + 1 for size in sizes})
    cases = [
        dataclasses.replace(case, width=width, compiled=compiled, batch=2)
        for width in (32, 48, 64) for compiled in (False, True)
    ]
    seen = []
    results = measure_all(
        Config.fromfile(config), cases,
        lambda results: seen.append(len(results)))
    assert seen == [1, 2, 3, 4, 5, 6]
    assert [each.problem for each in results] == [
        None, None, 'out of memory (no more)', None,
        'not tried (fewer pixels ran out of memory)', None]
    assert 'plain, 2 x 32 x 64' not in tried and len(tried) == 5
    # As set above, for each of two images, measured or not.
    assert [each.macs for each in results] == [130, 130, 162, 162, 194, 194]


def test_size_that_does_not_fit(case, config):
    case = dataclasses.replace(case, height=40)
    with pytest.raises(InputError, match='--shape 40 32: .*multiples of 16'):
        measure_all(Config.fromfile(config), [case], print)
