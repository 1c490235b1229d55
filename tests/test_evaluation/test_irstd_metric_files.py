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

from projects.dstransnet.evaluation import (
    EvaluationResult,
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


def test_scores_are_written_where_asked_for(tmp_path):
    """As they are evaluated: float32, to the last bit."""
    one = named('images/a.png')[0]
    one.seg_logits.data = one.seg_logits.data.half()
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


@pytest.mark.parametrize('paths', [
    ('data/day/a.png', 'data/night/a.png'),
    ('data/a.png', 'data/a.jpg'),
    ('s3://data/day/a.png', 'data/a.png'),
])
def test_images_that_would_share_a_file_are_an_error(tmp_path, paths):
    with pytest.raises(InputError) as error:
        evaluate(named(*paths), output_dir=str(tmp_path))
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
