import mmcv
import numpy as np
import pytest
import torch

from projects import dstransnet
from projects.dstransnet.evaluation import EvaluationProtocol, evaluate
from projects.dstransnet.evaluation.measures import MEASURE_NAMES
from projects.dstransnet.utils.errors import InputError


@pytest.fixture(scope='module')
def maps():
    rng = np.random.default_rng(0)
    masks = np.zeros((3, 24, 30), np.uint8)
    masks[:, 8:11, 9:12] = masks[1:, 20, 20:22] = 255
    scores = (masks / 255 * rng.uniform(0.3, 1, masks.shape)
              + rng.uniform(0, 0.2, masks.shape)).clip(0, 1)
    images = rng.integers(0, 200, masks.shape, dtype=np.uint8) + masks // 5
    return scores.astype(np.float32), masks, images


def test_arrays_equal_the_protocol(maps):
    scores, masks, images = maps
    found = evaluate(*maps, measures=MEASURE_NAMES, distance=2, bootstrap=5,
                     names='abc')
    protocol = EvaluationProtocol(measures=MEASURE_NAMES, distance=2,
                                  bootstrap=5)
    expected = protocol.evaluate('abc', [
        protocol.measure(one, mask > 0, image / 255)
        for one, mask, image in zip(scores, masks, images)])
    assert found.metrics == expected.metrics
    assert found.intervals == expected.intervals
    np.testing.assert_equal([vars(each) for each in found.difficulty],
                            [vars(each) for each in expected.difficulty])
    assert [one.name for one in found.images] == ['a', 'b', 'c']


def test_folders_equal_arrays(maps, tmp_path):
    for folder, arrays in zip(('scores', 'masks', 'images'), maps):
        (tmp_path / folder).mkdir()
        for number, array in enumerate(arrays):
            if array.dtype == np.uint8:
                suffix = 'bmp' if folder == 'images' else 'png'
                mmcv.imwrite(array, str(tmp_path / f'{folder}/{number}.'
                                        f'{suffix}'))
            else:
                np.save(tmp_path / f'{folder}/{number}.npy', array)
    names = ['published', 'background', 'hierarchy']
    found = evaluate(tmp_path / 'scores', str(tmp_path / 'masks'),
                     tmp_path / 'images', measures=names)
    expected = evaluate(*maps, measures=names)
    assert found.metrics == pytest.approx(expected.metrics)
    (tmp_path / 'images/1.bmp').unlink()
    with pytest.raises(InputError, match='1 of 3 images have no file: 1'):
        evaluate(tmp_path / 'scores', tmp_path / 'masks', tmp_path / 'images',
                 measures=names)


def test_three_lines(maps):
    """Predicted masks of 0 and 1, lists, and the export of the package."""
    scores, masks, _ = maps
    found = dstransnet.evaluate(
        [(one > 0.5).astype(np.uint8) for one in scores],
        [mask > 0 for mask in masks])
    assert found.metrics['IoU'] > 0 and 'AUC' not in found.metrics
    assert 0 < found.metrics['TargetF1'] <= 100
    assert [one.name for one in found.images] == [
        'image 0', 'image 1', 'image 2']


@pytest.mark.parametrize('change, message', [
    (dict(masks=np.zeros((2, 24, 30))), 'scores: expected as many as masks, '
                                        '2, got 3'),
    (dict(names='ab'), 'names: expected as many as masks, 3, got 2'),
    (dict(masks='masks'), 'expected either folders or arrays, got both'),
    (dict(scores=np.zeros((24, 30))), r'scores: expected maps of shape '
                                      r'\(H, W\), got \(30,\) as number 0'),
    (dict(scores=np.full((3, 24, 30), 7.0)), 'scores, number 0: expected '
                                             'scores within 0 .. 1'),
    (dict(scores=torch.ones(3, 24, 30, requires_grad=True)),
     'scores: expected a folder or arrays .* got Tensor .*detach'),
    (dict(masks=[]), 'masks: expected one map or more, got none'),
    (dict(names='aba'), 'names: expected different names, got a, b, a'),
    (dict(images=np.zeros((3, 4, 5))), r'images: expected the shape of mask '
                                       r'0, \(24, 30\), got \(4, 5\)'),
    (dict(images=np.ones((3, 24, 30), int)), 'images, number 0: expected '
                                             'integers of 8 or 16 bits'),
    (dict(images=np.full((3, 24, 30), 200.)), 'images, number 0: expected '
                                              'floats .* got up to 200'),
])
def test_arrays_that_do_not_belong_together(maps, change, message):
    given = dict(zip(('scores', 'masks'), maps)) | change
    with pytest.raises(InputError, match=message):
        evaluate(**given)


def test_masks_of_two_types_are_masks(maps):
    mask = maps[1] // 255
    found = evaluate([mask[0] > 0, mask[1], mask[2]], mask)
    assert found.metrics['IoU'] == 100


def test_names_of_folders(tmp_path):
    with pytest.raises(InputError, match='names: expected none with folders'):
        evaluate(tmp_path, tmp_path, names=['a'])


@pytest.mark.parametrize('rule, message', [
    (dict(treshold=0.4), "treshold: no such .*; did you mean 'threshold'"),
    (dict(threshold='0.5'), r"threshold must be within .*, got '0.5'")])
def test_rules_that_are_none(maps, rule, message):
    with pytest.raises(ValueError, match=message):
        evaluate(*maps[:2], **rule)


def test_measures_that_need_images(maps):
    with pytest.raises(ValueError, match="'background' needs the images"):
        evaluate(*maps[:2], measures=['background'])
    with pytest.raises(ValueError, match='measures must be different names'):
        evaluate(*maps[:2], measures=['mIoU'])


def test_grey_masks_with_a_threshold(maps, tmp_path):
    scores, masks, _ = maps
    grey = np.where(masks > 0, np.uint8(200), np.uint8(3))
    for folder, arrays in (('scores', scores), ('masks', grey)):
        (tmp_path / folder).mkdir()
        for number, array in enumerate(arrays):
            np.save(tmp_path / f'{folder}/{number}.npy', array)
    expected = evaluate(scores, masks).metrics
    for given in ((scores, grey), (tmp_path / 'scores', tmp_path / 'masks')):
        assert evaluate(*given, mask_threshold=100).metrics == expected
        with pytest.raises(InputError, match='mask_threshold'):
            evaluate(*given)
