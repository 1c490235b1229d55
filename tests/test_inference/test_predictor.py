"""Predictions of files, arrays and streams."""
import itertools

import numpy as np
import pytest
from helpers.small_config import (
    config,
    picture,
    predictor,
    write_pictures,
)
from mmseg.apis import inference_model
from PIL import Image

from projects.dstransnet.utils.errors import InputError


def test_same_as_the_framework(tmp_path):
    (path, ) = write_pictures(tmp_path, 1)
    ours = predictor()
    (found, ) = ours.stream([path])
    ours.model.cfg = config()
    expected = inference_model(ours.model, str(path))
    np.testing.assert_array_equal(found.scores,
                                  expected.seg_logits.data[0].numpy())
    np.testing.assert_array_equal(found.mask,
                                  expected.pred_sem_seg.data[0].numpy() == 1)
    assert found.name == str(path) and found.scores.dtype == np.float32


@pytest.mark.parametrize(('size', 'output', 'shape'), [
    (None, 'image', (40, 56)), (None, 'network', (32, 48)),
    ((64, 32), 'network', (64, 32)), ('native', 'network', (40, 56)),
    ('native', 'image', (40, 56))])
def test_sizes(size, output, shape):
    seen = predictor(size=size, output_size=output)
    (found, ) = seen.stream([picture(0)])
    assert found.scores.shape == found.mask.shape == shape
    (batch, ) = seen.model.backbone.batches
    sides = dict(native=(48, 64)).get(size, size or (32, 48))  # padded
    assert batch == (1, 3, *sides)


@pytest.mark.parametrize('batch_size', [1, 2, 3])
@pytest.mark.parametrize('workers', [0, 2])
def test_streams_keep_their_order(batch_size, workers):
    frames = [picture(seed, width=56 + 16 * (seed > 4)) for seed in range(7)]
    ours = predictor(size='native')
    expected = [next(ours.stream([frame], workers=0)).scores
                for frame in frames]
    ours.model.backbone.batches.clear()
    found = list(ours.stream(frames, batch_size, workers))
    assert [each.name for each in found] == [f'frame {n}' for n in range(7)]
    for each, scores in zip(found, expected):
        np.testing.assert_allclose(each.scores, scores, atol=1e-6)
    sizes = [batch[0] for batch in ours.model.backbone.batches]
    assert sizes == {1: [1] * 7, 2: [2, 2, 1, 2], 3: [3, 2, 2]}[batch_size]


def test_a_live_stream_does_not_wait():
    taken = []
    frames = (taken.append(n) or picture(n) for n in itertools.count())
    results = predictor().stream(frames, workers=0)
    for number in range(3):
        assert next(results).name == f'frame {number}'
        assert taken == list(range(number + 1))
    results.close()


def test_a_bad_frame_is_named():
    with pytest.raises(InputError, match='frame 1: expected uint8'):
        list(predictor().stream([picture(0), np.zeros((4, 4))]))
    with pytest.raises(InputError, match='none.png: missing'):
        list(predictor().stream(['none.png']))


def test_thresholds():
    ours = predictor()
    assert ours.threshold == 0.5  # of the head
    ours.model.decode_head.threshold = 0.25
    assert type(ours)(ours.model, ours.prepare).threshold == 0.25
    ours.model.decode_head.threshold = None  # two classes
    assert type(ours)(ours.model, ours.prepare).threshold == 0.5
    scores = np.concatenate([
        each.scores for each in predictor(threshold=0.9).stream([picture(0)])])
    (found, ) = predictor(threshold=0.9).stream([picture(0)])
    assert type(predictor(threshold=np.float32(0.4)).threshold) is float
    np.testing.assert_array_equal(found.mask, scores > 0.9)


@pytest.mark.parametrize(('settings', 'message'), [
    (dict(threshold=2), 'threshold: expected 0 to 1, got 2'),
    (dict(threshold='0.5'), "threshold: expected 0 to 1, got '0.5'"),
    (dict(connectivity=5), 'connectivity: expected 4 or 8, got 5'),
    (dict(output_size='file'), 'output_size: expected one of image, network'),
])
def test_wrong_settings(settings, message):
    with pytest.raises(InputError, match=message):
        predictor(**settings)


def test_every_page_is_a_frame(tmp_path):
    pages = [Image.fromarray(each) for each in np.random.default_rng(0)
             .integers(0, 255, (3, 20, 24), dtype=np.uint8)]
    path = tmp_path / 'many.tif'
    pages[0].save(path, save_all=True, append_images=pages[1:])
    ours = predictor(size='native')
    found = list(ours.stream([str(path), np.asarray(pages[1])]))
    assert [each.name for each in found] == [
        *(f'{path}, page {page}' for page in range(3)), 'frame 3']
    np.testing.assert_array_equal(found[1].scores, found[3].scores)
    assert not np.array_equal(found[0].scores, found[1].scores)
