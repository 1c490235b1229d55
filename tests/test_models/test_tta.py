"""Test-time augmentation against views that are computed one by one."""
import copy
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from helpers.toy_models import toy
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import DefaultScope
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from PIL import Image
from torch import nn

from projects.dstransnet.models import IRSTDTTAModel
from projects.dstransnet.models.tta import mean_prediction

DATASETS = Path(__file__).parents[2] / 'configs/_base_/datasets'
FILE_SHAPE = (45, 61)
DIVISOR, PAD_VALUE = 16, 1.5  # a padding that convolutions can see
MEAN, STD = np.array([110., 120., 130.]), np.array([50., 60., 70.])


@pytest.fixture(autouse=True)
def _mmseg_scope():
    with DefaultScope.overwrite_default_scope('mmseg'):
        yield


def build(channels: int, kernel: int) -> IRSTDTTAModel:
    """A model wrapped as a config does it, with random weights."""
    module = toy(kernel, channels)
    module.data_preprocessor = MODELS.build(dict(
        type='SegDataPreProcessor', mean=MEAN.tolist(), std=STD.tolist(),
        bgr_to_rgb=True, pad_val=PAD_VALUE, size=(32, 32),
        test_cfg=dict(size_divisor=DIVISOR)))
    return MODELS.build(dict(type='IRSTDTTAModel', module=module)).eval()


def pipelines(size: tuple[int, int],
              at_input_size: bool) -> tuple[Compose, Compose]:
    """The plain and the augmented test pipeline of a config, resized."""
    config = Config.fromfile(DATASETS / 'sirst_256x256.py')
    built = []
    for name in ('test_pipeline', 'tta_pipeline'):
        steps = [
            step for step in config[name]
            if at_input_size or step.type != 'EvaluateAtInputSize'
        ]
        (resize, ) = (step for step in steps if step.type == 'Resize')
        resize.scale = size[::-1]
        built.append(Compose(steps))
    return tuple(built)


@pytest.fixture
def files(tmp_path) -> list[dict]:
    """Two images of noise with masks."""
    rng = np.random.default_rng(0)
    paths = []
    for name in ('first', 'second'):
        image, mask = tmp_path / f'{name}.png', tmp_path / f'{name}_mask.png'
        Image.fromarray(
            rng.integers(0, 256, (*FILE_SHAPE, 3), np.uint8)).save(image)
        Image.fromarray(
            (rng.random(FILE_SHAPE) < 0.2).astype(np.uint8) * 255).save(mask)
        paths.append(
            dict(
                img_path=str(image), seg_map_path=str(mask), seg_fields=[]))
    return paths


@torch.no_grad()
def predict(model, pipeline: Compose, files: list[dict]) -> list:
    """Run a model on all files as one batch."""
    return model.test_step(
        pseudo_collate([pipeline(dict(paths)) for paths in files]))


def scores(sample: SegDataSample) -> np.ndarray:
    """Probabilities of the target, shape (H, W)."""
    logits = sample.seg_logits.data
    score = logits[0] if len(logits) == 1 else logits.softmax(dim=0)[1]
    return score.numpy()


# The reference: double precision, one view after the other.


def reference_view(net: nn.Module, image: np.ndarray, turns: int, flip: bool,
                   shape: tuple[int, int]) -> np.ndarray:
    """Target probability of one view, turned back; image is RGB (H, W, 3)."""
    view = np.rot90(image, turns)
    view = view[:, ::-1] if flip else view
    height, width = view.shape[:2]
    x = torch.from_numpy(((view - MEAN) / STD).transpose(2, 0, 1))
    x = F.pad(x, (0, -width % DIVISOR, 0, -height % DIVISOR), value=PAD_VALUE)
    with torch.no_grad():
        x = net.decode_head.conv_seg(net.backbone.conv(x[None]))
    x = x[:, :, :height, :width]
    x = torch.rot90(x.flip(3) if flip else x, -turns, dims=(2, 3))
    x = F.interpolate(x, shape, mode='bilinear')[0].numpy()
    logit = x[0] if len(x) == 1 else x[1] - x[0]
    return 1 / (1 + np.exp(-logit))


def reference(net: nn.Module, path: str, size: tuple[int, int],
              shape: tuple[int, int]) -> list[np.ndarray]:
    with Image.open(path) as file:
        image = np.array(
            file.resize(size[::-1], Image.Resampling.BILINEAR), float)
    exact = copy.deepcopy(net).double()
    return [
        reference_view(exact, image, turns, flip, shape)
        for turns in range(4) for flip in (False, True)
    ]


# Network sizes (height, width): square, not square, and both padded.
cases = pytest.mark.parametrize(('channels', 'size', 'at_input_size'), [
    (1, (32, 32), True), (1, (24, 40), True), (2, (24, 40), False),
])


@cases
def test_result_is_the_mean_of_eight_views(files, channels, size,
                                           at_input_size):
    model = build(channels, kernel=3)
    plain_pipeline, tta_pipeline = pipelines(size, at_input_size)
    plain = predict(model.module, plain_pipeline, files)
    merged = predict(model, tta_pipeline, files)
    for one, several, paths in zip(plain, merged, files):
        shape = size if at_input_size else FILE_SHAPE
        views = reference(model.module, paths['img_path'], size, shape)
        np.testing.assert_allclose(scores(one), views[0], rtol=0, atol=5e-6)
        mean = np.mean(views, axis=0)
        np.testing.assert_allclose(scores(several), mean, rtol=0, atol=5e-6)
        # No view is like another, nor like the mean.
        for number, view in enumerate(views):
            for other in (mean, *views[:number]):
                assert np.abs(view - other).max() > 0.05
        mask = several.pred_sem_seg.data[0].numpy()
        clear = np.abs(mean - 0.5) > 1e-5
        assert np.array_equal(mask[clear], (mean > 0.5)[clear])
        assert 0 < mask.mean() < 1
        # The sample is like that of predict.
        assert set(several.keys()) == set(one.keys())
        for key in ('pred_sem_seg', 'seg_logits', 'gt_sem_seg'):
            assert several.get(key).data.dtype == one.get(key).data.dtype
            assert several.get(key).data.shape == one.get(key).data.shape
        assert torch.equal(several.gt_sem_seg.data, one.gt_sem_seg.data)
        assert one.gt_sem_seg.data.any()
        added = dict(flip=False, flip_direction=None, rot90=0)
        assert several.metainfo == {**one.metainfo, **added}
        assert several.img_path == paths['img_path']
        assert several.seg_map_path == paths['seg_map_path']


def test_without_truth_the_result_has_the_files_size(files):
    model = build(channels=1, kernel=3)
    _, tta_pipeline = pipelines((24, 40), at_input_size=True)
    merged = predict(model, tta_pipeline,
                     [dict(img_path=paths['img_path']) for paths in files])
    for sample in merged:
        assert sample.pred_sem_seg.data.shape == (1, *FILE_SHAPE)
        assert 'gt_sem_seg' not in sample


@pytest.mark.parametrize('channels', [1, 2])
def test_background_stays_background(files, channels):
    """A second sigmoid would lift every probability above a half."""
    model = build(channels, kernel=3)
    head = model.module.decode_head.conv_seg
    nn.init.constant_(head.bias, 0)
    nn.init.constant_(head.bias[-1:], -50)
    (sample, _) = predict(model, pipelines((32, 32), True)[1], files)
    assert not sample.pred_sem_seg.data.any()
    assert scores(sample).max() < 1e-6


# Merging, on predictions made by hand


def view(data, **meta) -> SegDataSample:
    sample = SegDataSample(metainfo=dict(img_path='some.png', **meta))
    sample.seg_logits = PixelData(
        data=torch.as_tensor(data, dtype=torch.float32))
    return sample


def test_threshold_is_the_heads_and_not_reached_by_itself():
    model = build(channels=1, kernel=1)
    views = view([[[0.25, 0.25, 0.3]]]), view([[[0.75, 0.8, 0.6]]])
    (sample, ) = model.merge_preds([views])
    assert sample.pred_sem_seg.data.tolist() == [[[0, 1, 0]]]
    model.module.decode_head.threshold = 0.4
    (sample, ) = model.merge_preds([views])
    assert sample.pred_sem_seg.data.tolist() == [[[1, 1, 1]]]


def test_probabilities_are_averaged_and_not_logits():
    """A certain view outweighs two doubtful ones in the mean of logits."""
    model = build(channels=2, kernel=1)
    views = [view([[[0]], [[logit]]]) for logit in (20., -1., -1.)]
    (sample, ) = model.merge_preds([views])
    expected = (1 + 2 / (1 + np.e)) / 3
    assert scores(sample).item() == pytest.approx(expected, abs=1e-6)
    assert sample.pred_sem_seg.data.tolist() == [[[1]]]
    views.append(view([[[0]], [[-1.]]]))
    (sample, ) = model.merge_preds([views])
    assert scores(sample).item() < 0.5
    assert sample.pred_sem_seg.data.tolist() == [[[0]]]


@pytest.mark.parametrize('meta', [
    dict(rot90=1, flip=False),
    dict(rot90=0, flip=True, flip_direction='horizontal')
])
def test_first_view_must_be_the_plain_image(meta):
    model = build(channels=1, kernel=1)
    with pytest.raises(
            ValueError, match='some.png: expected the plain image as the fir'):
        model.merge_preds([[view([[[0.2]]], **meta)]])


def test_views_of_several_sizes_are_refused():
    model = build(channels=1, kernel=1)
    with pytest.raises(
            ValueError,
            match=r'some.png: .* got \(1, 1, 2\), \(1, 2, 1\)'):
        model.merge_preds([[view([[[0, 0]]]), view([[[0, 0]]], rot90=1)]])


def test_more_than_two_channels_are_refused():
    with pytest.raises(
            ValueError, match='some.png: expected .* one or two channels, '
            'got 3'):
        mean_prediction([torch.zeros(3, 2, 2)], 'some.png')


def test_certain_logits_stay_finite():
    logits = torch.tensor([0., 300.]).reshape(2, 1, 1)
    mean = mean_prediction([logits, logits])
    torch.testing.assert_close(mean, logits - 300)
