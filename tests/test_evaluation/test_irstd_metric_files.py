"""Files and names of IRSTDMetric."""
import json

import numpy as np
import pytest
import torch
from helpers.segmentor_samples import (
    evaluate,
    evaluation,
    random_samples,
    sample,
)
from mmengine.evaluator import Evaluator
from PIL import Image

from projects.dstransnet.evaluation import (
    EvaluationResult,
    IRSTDMetric,
    target_scores,
    worst_first,
)
from projects.dstransnet.utils.errors import InputError


def files(folder) -> list[str]:
    return sorted(path.relative_to(folder).as_posix()
                  for path in folder.rglob('*') if path.is_file())


def named(*paths: str) -> list:
    """One sample a path, each with other scores."""
    samples = random_samples(len(paths))
    for item, path in zip(samples, paths):
        item.set_metainfo(dict(img_path=path))
    return samples


# Masks and scores


@pytest.mark.parametrize('threshold', [0.5, 0.2])
def test_masks_are_written_where_asked_for(tmp_path, threshold):
    items = named('images/a.png', 'images/b.jpg')
    found = evaluate(items, threshold=threshold,
                     output_dir=str(tmp_path / 'masks'))
    assert found == evaluate(items, threshold=threshold)
    assert files(tmp_path) == ['masks/a.png', 'masks/b.png']
    for item, name in zip(items, 'ab'):
        mask = item.seg_logits.data[0].numpy() > threshold
        with Image.open(tmp_path / f'masks/{name}.png') as image:
            assert image.mode == 'L'
            assert np.array_equal(image, 255 * mask)


@pytest.mark.parametrize('dtype', [torch.float32, torch.float16])
def test_scores_are_written_where_asked_for(tmp_path, dtype):
    """As they are evaluated: float32, to the last bit."""
    one = named('images/a.png')[0]
    one.seg_logits.data = one.seg_logits.data.to(dtype)
    two = sample(torch.randn(2, 30, 41), np.zeros((30, 41)),
                 img_path='images/b.png')
    evaluate([one, two], score_dir=str(tmp_path / 'new' / 'scores'))
    assert files(tmp_path) == ['new/scores/a.npy', 'new/scores/b.npy']
    for item, name in ((one, 'a'), (two, 'b')):
        scores = np.load(tmp_path / f'new/scores/{name}.npy')
        assert scores.dtype == np.float32
        assert scores.shape == (30, 41)
        assert np.array_equal(scores, target_scores(item.to_dict()))
    assert np.array_equal(
        np.load(tmp_path / 'new/scores/a.npy'),
        one.seg_logits.data[0].float().numpy())


# Names


@pytest.mark.parametrize('option', ['output_dir', 'score_dir'])
@pytest.mark.parametrize('paths', [
    ('data/day/a.png', 'data/night/a.png'),
    ('data/a.png', 'data/a.jpg'),
    ('s3://data/day/a.png', 'data/a.png'),
])
def test_images_that_would_share_a_file_are_an_error(tmp_path, option, paths):
    with pytest.raises(InputError) as error:
        evaluate(named(*paths), **{option: str(tmp_path)})
    for path in paths:
        assert path in str(error.value)
    assert len(files(tmp_path)) == 1


@pytest.mark.parametrize('paths, names', [
    (('data/a.png', 'other/b.png'), ['a', 'b']),
    (('data/day/a.png', 'data/night/a.png'), ['day/a', 'night/a']),
    (('data/a.png', 'data/a.jpg'), ['data/a.png', 'data/a.jpg']),
])
def test_records_tell_images_apart(tmp_path, paths, names):
    """Tables may always be written."""
    _, result = evaluation(named(*paths), result_dir=str(tmp_path))
    assert [one.name for one in result.images] == names


def test_samples_without_a_path_are_numbered():
    items = [sample([[1, 0]], [[1, 0]])] * 3
    _, result = evaluation(items)
    assert [one.name for one in result.images] == [
        'image 0', 'image 1', 'image 2'
    ]


def test_the_same_images_may_be_evaluated_again(tmp_path):
    evaluator = Evaluator([IRSTDMetric(score_dir=str(tmp_path))])
    for _ in range(2):
        evaluator.process(data_samples=named('day/a.png', 'day/b.png'))
        evaluator.evaluate(2)
    assert files(tmp_path) == ['a.npy', 'b.npy']


# Results


def test_results_are_written_where_asked_for(tmp_path):
    found, result = evaluation(
        random_samples(7), result_dir=str(tmp_path), worst_first=True,
        bootstrap=20)
    assert files(tmp_path) == ['per_image.csv', 'per_image.json',
                               'result.json']
    read = EvaluationResult.read(str(tmp_path))
    assert {f'irstd/{name}': value
            for name, value in read.metrics.items()} == found
    assert read.intervals == result.intervals and read.intervals
    assert read.summary() == result.summary()
    rows = json.loads((tmp_path / 'per_image.json').read_text())
    assert rows == [vars(record) for record in worst_first(result.images)]
    assert rows != [vars(record) for record in result.images]
