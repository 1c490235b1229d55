"""Rules of all photometric transforms, and copies of targets."""

import re
from pathlib import Path

import numpy as np
import pytest
from helpers import image_folder
from helpers.image_folder import LOADING, write_pair
from mmengine.config import Config
from mmseg.registry import TRANSFORMS

from projects.dstransnet.datasets.transforms.base import (
    check_range,
    from_planes,
)

ROOT = Path(__file__).parents[3]
# Strong enough that every draw shows after rounding.
GREY = [dict(type='RandomContrastGamma', contrast=(1.5, 2), gamma=(1.2, 2)),
        dict(type='SensorNoise', std=(3, 5), gain=(0.1, 0.3)),
        dict(type='StripeNoise', offset=(3, 5), gain=(0.02, 0.05)),
        dict(type='StripeNoise', offset=(3, 5), direction='either'),
        dict(type='RandomGaussianBlur', sigma=(0.8, 1.5)),
        dict(type='RandomMotionBlur', length=(2, 12))]
ALL = [*GREY, dict(type='TargetCopyPaste', margin=2)]
FORMS = [(), (1, ), (3, )]


def name_of(config: dict) -> str:
    return config['type'] + config.get('direction', '')


def build(config: dict, prob: float = 1):
    return TRANSFORMS.build(dict(config, prob=prob))


def pixels(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Noise of grey levels 30..220, not square, with two targets."""
    rng = np.random.default_rng(seed)
    image = rng.integers(30, 190, (36, 44)).astype(np.uint8)
    labels = np.zeros((36, 44), np.uint8)
    for top, left in ((5, 6), (20, 30)):
        image[top:top + 3, left:left + 2] += 30
        labels[top:top + 3, left:left + 2] = 1
    return image, labels


def sample(form=(), dtype=np.uint8, seed: int = 0) -> dict:
    image, labels = pixels(seed)
    if form:
        image = np.repeat(image[..., None], form[0], axis=-1)
    return dict(img=image.astype(dtype), img_shape=labels.shape,
                ori_shape=labels.shape, gt_seg_map=labels,
                seg_fields=['gt_seg_map'])


def run(transform, results: dict, seed: int = 0) -> dict:
    np.random.seed(seed)
    return transform(results)


@pytest.mark.parametrize('config', ALL, ids=name_of)
@pytest.mark.parametrize('dtype', [np.uint8, np.float32])
def test_all_forms_give_the_same_grey_levels(config, dtype):
    transform = build(config)
    plain = run(transform, sample((), dtype))
    for form in FORMS:
        before = sample(form, dtype)
        after = run(transform, sample(form, dtype))
        assert after['img'].dtype == dtype
        assert after['img'].shape == before['img'].shape
        assert after['img'].flags.c_contiguous
        assert after['img_shape'] == after['ori_shape'] == (36, 44)
        assert not np.array_equal(after['img'], before['img'])
        planes = after['img'].reshape(36, 44, -1)
        for channel in range(planes.shape[-1]):
            assert np.array_equal(planes[..., channel], plain['img'])
        assert np.array_equal(after['gt_seg_map'], plain['gt_seg_map'])


@pytest.mark.parametrize('config', ALL, ids=name_of)
@pytest.mark.parametrize('extreme', [False, True])
def test_uint8_is_float32_rounded_and_clipped(config, extreme):
    """Black and white pixels do not wrap around."""
    before = sample()
    if extreme:
        before['img'][:, ::2], before['img'][:, 1::2] = 0, 255
    exact = run(build(config),
                dict(before, img=before['img'].astype(np.float32)))['img']
    assert extreme or (exact != np.rint(exact)).any()
    if extreme and config in GREY[:4]:
        assert exact.min() < -0.5 and exact.max() > 255.5
    found = run(build(config), before)['img']
    assert np.array_equal(found, np.clip(np.rint(exact), 0, 255))


@pytest.mark.parametrize('config', ALL, ids=name_of)
@pytest.mark.parametrize('dtype', [np.uint8, np.float32])
def test_arrays_that_came_in_are_not_changed(config, dtype):
    """They may belong to a cache."""
    results = sample((3, ), dtype)
    image, labels = results['img'], results['gt_seg_map']
    after = run(build(config), results)
    assert after['gt_seg_map'] is labels or config not in GREY
    assert np.array_equal(image, sample((3, ), dtype)['img'])
    assert np.array_equal(labels, pixels()[1])


@pytest.mark.parametrize('config', ALL, ids=name_of)
def test_probability_is_a_rate(config):
    np.random.seed(0)
    transform, count = build(config, prob=0.3), 400
    image = sample()['img']
    changed = sum(not np.array_equal(transform(sample())['img'], image)
                  for _ in range(count))
    assert abs(changed / count - 0.3) < 4 * (0.3 * 0.7 / count)**0.5


@pytest.mark.parametrize('config', ALL, ids=name_of)
@pytest.mark.parametrize('prob', [-0.1, 1.5, float('nan')])
def test_probability_outside_0_and_1(config, prob):
    with pytest.raises(
            ValueError, match=rf'prob must be within \[0, 1\], got {prob}'):
        build(config, prob)


@pytest.mark.parametrize('config', ALL, ids=name_of)
@pytest.mark.parametrize('dtype', [np.float64, np.uint16, np.int64])
def test_other_types_are_refused(config, dtype):
    with pytest.raises(TypeError, match='img must be uint8, or float32 of '
                       f'intensities 0..255, got {np.dtype(dtype)}'):
        build(config)(sample(dtype=dtype))


@pytest.mark.parametrize('config', ALL, ids=name_of)
def test_images_without_masks_and_of_one_pixel(config):
    results = run(build(config), dict(img=sample()['img']))
    assert list(results) == ['img']
    assert results['img'].shape == (36, 44)
    for dtype in (np.uint8, np.float32):
        results = run(build(config), dict(
            img=np.full((1, 1, 3), 90, dtype),
            gt_seg_map=np.ones((1, 1), np.uint8)))
        assert results['img'].shape == (1, 1, 3)
        assert np.isfinite(results['img']).all()


# In data sets


@pytest.fixture
def folder(tmp_path):
    for number in range(6):
        image, labels = pixels(number)
        write_pair(tmp_path, str(number), image, 255 * labels)
    return tmp_path


def dataset_of(folder, transforms: list[dict]) -> image_folder.IRSTDDataset:
    return image_folder.build(
        folder, [*LOADING, *transforms, dict(type='PackSegInputs')])


@pytest.mark.parametrize('config', ALL, ids=name_of)
def test_each_draws_from_the_key(folder, config):
    dataset = dataset_of(folder, [dict(config, prob=1)])

    def look(seed: int, epoch: int) -> list[bytes]:
        dataset.set_random_key(seed, epoch)
        return [sample['inputs'].numpy().tobytes() for sample in dataset]

    keys = [(0, 0), (0, 1), (1, 0)]
    looks = [look(*key) for key in keys]
    assert len({image for images in looks for image in images}) == 3 * 6
    np.random.seed(3)
    assert [look(*key) for key in keys] == looks


def test_documented_config_trains_with_all_of_them(folder, tmp_path):
    """The config in docs/guide/augment.md, as it stands there."""
    document = (ROOT / 'docs/guide/augment.md').read_text()
    (text, ) = re.findall(r'```python\n(.*?)```', document, re.DOTALL)
    config = tmp_path / 'config.py'
    config.write_text(
        text.replace("_base_ = '", f"_base_ = '{ROOT}/configs/dstransnet/"))
    pipeline = Config.fromfile(config).train_dataloader.dataset.pipeline
    types = {transform.type for transform in pipeline}
    assert types >= {transform['type'] for transform in ALL}
    dataset = dataset_of(folder, pipeline[2:-1])
    dataset.set_random_key(0, 0)
    for sample in dataset:
        assert sample['inputs'].shape == (3, 256, 256)
        assert set(sample['data_samples'].gt_sem_seg.data.unique().tolist()
                   ) == {0, 1}


# Helpers


@pytest.mark.parametrize(
    'value', [1, (1, ), (1, 2, 3), (2, 1), (-1, 1), (0, float('inf')),
              (float('nan'), 1), (0, float('nan')), 'ab', ('0', '1'), None])
def test_ranges_that_are_none(value):
    with pytest.raises(ValueError) as error:
        check_range('name', value)
    assert str(error.value) == ('name must be two finite numbers of at least '
                                f'0, the smaller first, got {value!r}')


@pytest.mark.parametrize('kind, name, least', [
    ('RandomGaussianBlur', 'sigma', 'of at least 0'),
    ('RandomMotionBlur', 'length', 'of at least 0'),
    ('RandomMotionBlur', 'angle', 'of at least 0'),
    ('SensorNoise', 'std', 'of at least 0'),
    ('SensorNoise', 'gain', 'of at least 0'),
    ('StripeNoise', 'offset', 'of at least 0'),
    ('StripeNoise', 'gain', 'of at least 0'),
    ('RandomContrastGamma', 'contrast', 'above 0'),
    ('RandomContrastGamma', 'gamma', 'above 0'),
    ('TargetCopyPaste', 'amplitude', 'above 0')])
def test_ranges_of_transforms(kind, name, least):
    for value in (3, (2, 1), (-1, 1), *([(0, 1)] if 'above' in least else [])):
        with pytest.raises(ValueError, match=f'{name} must be two finite '
                           f'numbers {least}, the smaller first'):
            build({'type': kind, name: value})


@pytest.mark.parametrize('settings', [
    dict(type='RandomGaussianBlur', sigma=(0, 0)),
    dict(type='RandomMotionBlur', length=(0, 0), angle=(45, 45)),
    dict(type='SensorNoise', std=(0, 0)),
    dict(type='StripeNoise', offset=(0, 0), gain=(0, 0)),
    dict(type='RandomContrastGamma', contrast=(1, 1), gamma=(1, 1))],
    ids=name_of)
def test_neutral_settings_change_nothing(settings):
    image = sample(dtype=np.float32)['img']
    assert np.allclose(run(build(settings), dict(img=image))['img'], image,
                       atol=1e-3)


def test_float32_is_neither_rounded_nor_clipped():
    planes = np.array([[[-3.25], [300.5]]], np.float32)
    found = from_planes(planes, np.zeros((1, 2), np.float32))
    assert found.tolist() == [[-3.25, 300.5]]
