import math

import numpy as np
import pytest
from helpers.slow_reference import drawn

from projects.dstransnet.evaluation import EvaluationProtocol
from projects.dstransnet.evaluation.report import result_warnings

TRUTH = drawn("""
    ##..........
    ##..........
    ............
    ..........#.
    """)


def evaluated(*maps, **rules):
    protocol = EvaluationProtocol(**rules)
    return protocol.evaluate(
        [f'image {number}' for number in range(len(maps))],
        [protocol.measure(scores, truth) for scores, truth in maps])


def test_auc_of_8_bit_scores():
    """Background scores of exactly 0 keep the swept curve from (1, 1).

    That is a warning where the exact area is not known.
    """
    scores = 0.4 * np.random.default_rng(0).random(TRUTH.shape) + 0.5 * TRUTH
    fine = evaluated((scores, TRUTH))
    assert fine.warnings == []
    assert fine.metrics['AUC'] == pytest.approx(1, abs=0.03)
    coarse = evaluated((np.floor(scores * 4) / 4, TRUTH))
    assert coarse.metrics['AUC'] < 0.8
    assert coarse.metrics['AUC_exact'] == 1
    assert coarse.warnings == []
    coarse.metrics['AUC_exact'] = math.nan
    (warning, ) = result_warnings(coarse)
    assert warning.startswith(f'AUC {coarse.metrics["AUC"]:.4f} leaves out ')


@pytest.mark.parametrize('rule, warned', [('zero', True), ('one', False),
                                          ('skip', False)])
def test_ceiling_of_niou(rule, warned):
    """One of four images has a target: a perfect prediction reaches 25 %."""
    empty = 0.01 + 0 * TRUTH, 0 * TRUTH
    found = evaluated((0.01 + 0.9 * TRUTH, TRUTH), *3 * [empty],
                      nIoU_empty=rule)
    assert found.metrics['nIoU'] == (25 if warned else 100)
    assert found.metrics['nIoU_target'] == 100
    assert ['3 of 4 images have no target: a perfect prediction reaches '
            '25.00 %' in text for text in found.warnings] == [True] * warned
    assert not evaluated(empty, nIoU_empty=rule,
                         measures=['shooting']).warnings
