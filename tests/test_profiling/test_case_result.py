import json

import pytest
from helpers.samples import failed, result

from projects.dstransnet.profiling import UNIT_FLOP


def test_figures():
    found = result(seconds=[4, 1, 2, 3, 9], unit=[0.5, 0.7, 0.4], batch=6)
    assert found.time.median == 3 and found.time.low == 2
    assert found.products == pytest.approx(6)
    assert found.images_per_second == pytest.approx(2)


def test_share_of_the_limit():
    # As many operations as the unit, in four times its time.
    found = result(macs=UNIT_FLOP // 2, seconds=[2], unit=[0.5])
    assert found.share_of_limit == pytest.approx(0.25)
    trained = result(macs=UNIT_FLOP // 2, seconds=[2], unit=[0.5], train=True)
    assert trained.step_macs == 3 * UNIT_FLOP // 2
    assert trained.share_of_limit == pytest.approx(0.75)
    assert result(macs=None).share_of_limit is None


def test_plain_data():
    found = json.loads(json.dumps(result(batch=2).as_dict()))
    assert found['case']['batch'] == 2 and found['form'] == 'plain'
    assert found['products'] == 4
    assert found['seconds'] == dict(median=2, low=2, high=2)
    assert found['measurement']['seconds'] == [2.0]
    assert found['measurement']['operators'][0]['name'] == 'aten::mm'
    lost = json.loads(json.dumps(failed().as_dict()))
    assert lost['problem'] == 'out of memory (no more)'
    assert 'measurement' not in lost
