"""Measures of IRSTDMetric that are chosen by name."""
import mmcv
import numpy as np
import pytest
from helpers.segmentor_samples import evaluate, evaluation, random_samples

from projects.dstransnet.evaluation import EvaluationResult
from projects.dstransnet.evaluation.measures import MEASURE_NAMES
from projects.dstransnet.utils.errors import InputError


@pytest.fixture
def samples(tmp_path):
    found = random_samples(5)
    rng = np.random.default_rng(0)
    for number, item in enumerate(found):
        path = str(tmp_path / f'{number}.png')
        mmcv.imwrite(rng.integers(0, 255, (60, 82), dtype=np.uint8), path)
        item.set_metainfo(dict(img_path=path))
    return found


def test_every_measure_at_once(samples, tmp_path):
    found, result = evaluation(samples, measures=MEASURE_NAMES, bootstrap=5,
                               result_dir=str(tmp_path / 'result'))
    assert found['irstd/hIoU'] > 0
    assert found['irstd/IoU'] == evaluate(samples)['irstd/IoU']
    read = EvaluationResult.read(str(tmp_path / 'result'))
    np.testing.assert_equal([vars(each) for each in read.difficulty],
                            [vars(each) for each in result.difficulty])
    assert {each.by for each in read.difficulty} == {
        'area', 'SCR', 'border', 'targets'}
    assert all(each.targets == 0 for each in read.difficulty
               if each.label == 'unknown')


def test_images_are_read_only_where_they_are_used():
    """These samples name files that do not exist."""
    assert evaluate(random_samples(1), measures=['hierarchy'])
    with pytest.raises(FileNotFoundError):
        evaluate(random_samples(1), measures=['difficulty'])


def test_a_sample_without_a_path(samples):
    del samples[0].img_path
    with pytest.raises(InputError, match='the measures difficulty need its '
                                         'image'):
        evaluate(samples, measures=['published', 'difficulty'])
