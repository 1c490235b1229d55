"""Files and arrays on their way to the network."""
import re

import cv2
import numpy as np
import pytest
import torch
from helpers.small_config import (
    INFRARED,
    STEPS,
    config,
    picture,
    write_pictures,
)
from mmengine.config import Config
from PIL import Image

from projects.dstransnet.inference import FramePreparation, inference_pipeline
from projects.dstransnet.utils.errors import InputError


def kinds(steps) -> list[str]:
    return [step['type'] for step in steps]


def test_steps_of_masks_are_left_out():
    steps = inference_pipeline(config())
    assert kinds(steps) == ['LoadImageFromFile', 'Resize',
                            'EvaluateAtInputSize', 'PackSegInputs']
    assert steps[1]['scale'] == (48, 32)
    assert kinds(inference_pipeline(config(), 'native')) == [
        'LoadImageFromFile', 'EvaluateAtInputSize', 'PackSegInputs']
    steps = inference_pipeline(config(), (64, 80))
    assert steps[1] == dict(type='Resize', scale=(80, 64), keep_ratio=False,
                            backend='pillow')


def test_resizing_is_by_the_means_of_the_config():
    cfg = config()
    cfg.test_pipeline[1].update(interpolation='nearest', keep_ratio=True)
    assert inference_pipeline(cfg, (64, 80))[1] == dict(
        type='Resize', scale=(80, 64), keep_ratio=False, backend='pillow',
        interpolation='nearest')
    assert cfg.test_pipeline[1].scale == (48, 32)  # as it was
    cfg.test_pipeline[1] = dict(type='PillowResize', scale_factor=0.5)
    assert inference_pipeline(cfg, (64, 80))[1] == dict(
        type='PillowResize', scale=(80, 64), keep_ratio=False)
    for first in (STEPS[0], INFRARED):
        cfg = Config(dict(test_pipeline=[first, STEPS[-1]]))
        assert inference_pipeline(cfg, (64, 80))[1] == dict(
            type='PillowResize', scale=(80, 64), keep_ratio=False)


def test_the_test_data_set_counts_the_first_of_joined_ones():
    loading = [dict(STEPS[0], color_type=kind) for kind in 'ab']
    data = [dict(type='IRSTDDataset', pipeline=[step]) for step in loading]
    cfg = Config(dict(
        test_pipeline=STEPS,
        test_dataloader=dict(
            dataset=dict(type='ConcatDataset', datasets=data))))
    assert inference_pipeline(cfg) == [loading[0]]


@pytest.mark.parametrize(('cfg', 'message'), [
    ({}, 'got None'),
    (dict(test_pipeline=[dict(type='LoadMine')]), 'got LoadMine'),
])
def test_configs_without_images(cfg, message):
    with pytest.raises(InputError, match=f'expected a test pipeline.*'
                       f'{message}'):
        inference_pipeline(Config(cfg))


@pytest.mark.parametrize('size', ['big', (3, ), (0, 4), (4., 4)])
def test_wrong_sizes(size):
    with pytest.raises(InputError, match='size: expected height and width'):
        inference_pipeline(config(), size)


def test_an_array_is_as_its_file(tmp_path):
    (path, ) = write_pictures(tmp_path, 1)
    prepare = FramePreparation(config())
    from_file = prepare(path)
    assert from_file['inputs'].shape == (3, 32, 48)
    for pixels in (picture(0), cv2.imread(str(path))):
        sample = prepare(pixels)
        assert torch.equal(sample['inputs'], from_file['inputs'])
        assert sample['data_samples'].ori_shape == (40, 56)
    assert from_file['data_samples'].ori_shape == (40, 56)


def test_deep_files_and_arrays(tmp_path):
    pixels = picture(0, dtype=np.uint16)
    np.save(tmp_path / 'a.npy', pixels)
    cv2.imwrite(str(tmp_path / 'a.png'), pixels)
    prepare = FramePreparation(config(INFRARED))
    expected = prepare(pixels)['inputs']
    assert expected.shape == (3, 32, 48)
    for name in ('a.npy', 'a.png'):
        assert torch.equal(prepare(tmp_path / name)['inputs'], expected)


@pytest.mark.parametrize('order', [1, -1])
def test_the_depth_is_that_of_the_page(tmp_path, order):
    pages = [Image.fromarray(picture(0)),
             Image.fromarray(picture(1, dtype=np.uint16))][::order]
    pages[0].save(tmp_path / 'a.tif', save_all=True, append_images=pages[1:])
    prepare = FramePreparation(config(), mapping='auto')
    for number, page in enumerate(pages):
        assert torch.equal(prepare(tmp_path / 'a.tif', number)['inputs'],
                           prepare(np.array(page))['inputs'])


def test_views_of_another_project(tmp_path):
    cfg = config()
    cfg.tta_pipeline = [STEPS[0], dict(type='TestTimeAug', transforms=[
        [dict(type='Resize', scale_factor=factor) for factor in (1.0, 2.0)],
        [dict(type='LoadAnnotations')], [dict(type='PackSegInputs')]])]
    for mapping in (None, 'auto'):
        prepare = FramePreparation(cfg, mapping=mapping, tta=True)
        assert [tuple(each.shape) for each in prepare(picture(0))['inputs']
                ] == [(3, 40, 56), (3, 80, 112)]
    for settings in (dict(size='native'), dict(mapping='minmax')):
        with pytest.raises(InputError, match='^tta: with size or mapping'):
            FramePreparation(cfg, tta=True, **settings)


def test_what_would_be_cut_to_8_bits_is_refused(tmp_path):
    prepare = FramePreparation(config())
    path = tmp_path / 'a.png'
    cv2.imwrite(str(path), picture(0, dtype=np.uint16))
    with pytest.raises(InputError, match=re.escape(
            f'{path}: has 16 bits, and the config loads 8-bit images')):
        prepare(path)
    for pixels in (picture(0, dtype=np.uint16), np.zeros((4, 4, 4), np.uint8),
                   np.zeros((0, 4), np.uint8), np.zeros(4, np.uint8)):
        with pytest.raises(InputError, match='expected uint8 of shape'):
            prepare(pixels)


def test_damaged_files_are_named(tmp_path):
    (path, ) = write_pictures(tmp_path, 1)
    data = path.read_bytes()
    prepare = FramePreparation(config())
    for content, problem in ((data[:len(data) // 2], 'truncated'),
                             (b'', 'empty'), (b'text', 'not a readable')):
        path.write_bytes(content)
        with pytest.raises(InputError, match=f'00.png: {problem}'):
            prepare(path)
    with pytest.raises(InputError, match='none.png: missing'):
        prepare(tmp_path / 'none.png')


def test_a_mapping_reads_files_of_any_depth(tmp_path):
    grey = picture(0)
    deep = grey.astype(np.uint16) * 32 + 4096
    for name, pixels in (('grey.png', grey), ('deep.png', deep)):
        cv2.imwrite(str(tmp_path / name), pixels)
    np.save(tmp_path / 'deep.npy', deep)
    expected = FramePreparation(config(), 'native')(
        tmp_path / 'grey.png')['inputs'].float()
    mapped = FramePreparation(
        config(), 'native', dict(low=4096, high=4096 + 32 * 255))
    for source in (tmp_path / 'deep.png', tmp_path / 'deep.npy', deep):
        torch.testing.assert_close(
            mapped(source)['inputs'], expected, rtol=0, atol=1e-3)
    # The config's own resize, for floats.
    assert kinds(inference_pipeline(config(), mapping='minmax'))[:2] == [
        'LoadImageFromFile', 'PillowResize']
    with pytest.raises(InputError, match=(
            'deep.png: has 16 bits, .* --mapping minmax')):
        FramePreparation(config())(tmp_path / 'deep.png')
    with pytest.raises(InputError, match=(
            'deep.npy: expected uint8 .* --mapping minmax')):
        FramePreparation(config())(tmp_path / 'deep.npy')


def test_files_that_opencv_cannot_read(tmp_path):
    grey, prepare = picture(0), FramePreparation(config())
    np.save(tmp_path / 'grey.npy', grey)
    Image.fromarray(grey).save(tmp_path / 'grey.gif')
    expected = prepare(grey)['inputs']
    for name in ('grey.npy', 'grey.gif'):
        found = prepare(tmp_path / name)
        assert torch.equal(found['inputs'], expected)
        assert found['data_samples'].img_path == str(tmp_path / name)
