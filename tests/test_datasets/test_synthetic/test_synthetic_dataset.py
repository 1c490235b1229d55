import os.path as osp

import cv2
import numpy as np
import pytest
from helpers.image_folder import LOADING, epochs_of
from mmengine import fileio
from mmseg.registry import DATASETS
from PIL import Image

from projects.dstransnet.datasets import SceneConfig, SyntheticIRSTDDataset
from projects.dstransnet.datasets.synthetic import synthetic_dataset
from projects.dstransnet.datasets.synthetic.synthetic_dataset import (
    parse_scene_path,
    scene_root,
)
from projects.dstransnet.utils.errors import InputError

ROOT = 'synthetic://seed=3,size=128,scr=2-6.5'
CONFIG = SceneConfig(size=128, scr=(2, 6.5))
PIPELINE = [*LOADING, dict(type='PackSegInputs')]


def decode(data: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)


def build(**kwargs) -> SyntheticIRSTDDataset:
    return DATASETS.build(
        dict(type='SyntheticIRSTDDataset', num_scenes=6, seed=3,
             scene=dict(size=96), pipeline=PIPELINE) | kwargs)


@pytest.mark.parametrize('config', [
    SceneConfig(), CONFIG,
    SceneConfig(96, (0, 0), (3, 4), (0.1, 1 / 3), 0, 1e-5, (2, 30), (0, 1000)),
])
def test_paths_survive_a_round_trip(config):
    path = osp.join(scene_root(config, 12), 'masks', '0000123.png')
    assert parse_scene_path(path) == (config, 12, 'masks', 123)


@pytest.mark.parametrize('path, expected', [
    (f'{ROOT}/images/12.png', 'a number of six digits'),
    (f'{ROOT}/labels/000012.png', 'expected synthetic://SETTINGS/images'),
    (f'{ROOT}/images/000012.jpg', 'expected synthetic://SETTINGS/images'),
    ('synthetic:///images/000012.png', 'expected synthetic://SETTINGS'),
    ('synthetic://sise=9/images/000012.png',
     "each of seed, size, .* once at most, .* got 'sise=9'"),
    ('synthetic://seed=1,seed=2/images/000012.png', "once at most.*'seed=2'"),
    ('synthetic://size/images/000012.png',
     "size: expected one number of type int, got ''"),
    ('synthetic://size=128.0/images/000012.png', "got '128.0'"),
    ('synthetic://seed=-1/images/000012.png', 'seed: expected one number'),
    ('synthetic://scr=3/images/000012.png',
     "scr: expected low-high of type float, got '3'"),
    ('synthetic://scr=9-3/images/000012.png',
     r'scr: expected two numbers, the smaller first.* got \(9.0, 3.0\)'),
])
def test_wrong_paths_are_named(path, expected):
    with pytest.raises(InputError, match=f'{path}: .*{expected}'):
        fileio.get(path)
    assert not fileio.exists(path) and not fileio.isfile(path)


def test_files_hold_the_scene():
    scene = synthetic_dataset.synthesize_scene(CONFIG, 3, 12)
    image = decode(fileio.get(f'{ROOT}/images/000012.png'))
    mask = decode(fileio.get(f'{ROOT}/masks/000012.png'))
    np.testing.assert_array_equal(image, scene.image)
    np.testing.assert_array_equal(mask, 255 * scene.mask)


def test_image_and_mask_are_made_once():
    synthetic_dataset._cached_scene.cache_clear()
    for folder in ('images', 'masks'):
        fileio.get(f'{ROOT}/{folder}/000001.png')
    assert synthetic_dataset._cached_scene.cache_info().misses == 1


def test_backend_answers_as_a_store_of_files():
    path = fileio.join_path(ROOT, 'images', '000012.png')
    assert path == osp.join(ROOT, 'images', '000012.png')
    assert fileio.exists(path) and fileio.isfile(path)
    assert not fileio.isdir(ROOT)
    with fileio.get_local_path(path) as copy, Image.open(copy) as image:
        assert osp.basename(copy) == '000012.png' and image.size == (128, 128)
    assert not osp.exists(copy)
    with pytest.raises(InputError, match='expected a text file'):
        fileio.get_text(path)


def test_dataset_loads_scenes_through_the_usual_pipeline():
    dataset = build(test_mode=True)
    assert len(dataset) == 6
    assert dataset.metainfo['classes'] == ('background', 'target')
    info = dataset.get_data_info(5)
    assert info['img_path'] == ('synthetic://seed=3,size=96/images/000005.png')
    for index in range(3):
        scene = synthetic_dataset.synthesize_scene(
            SceneConfig(size=96), 3, index)
        sample = dataset[index]
        for channel in sample['inputs'].numpy():
            np.testing.assert_array_equal(channel, scene.image)
        np.testing.assert_array_equal(
            sample['data_samples'].gt_sem_seg.data[0].numpy(), scene.mask)


def test_samples_do_not_depend_on_the_number_of_workers():
    assert epochs_of(build(), num_workers=2) == epochs_of(build())


@pytest.mark.parametrize('kwargs, expected', [
    (dict(num_scenes=0), 'num_scenes: expected an integer of 1 or more'),
    (dict(seed=1.5), 'seed: expected an integer of 0 or more, got 1.5'),
    (dict(scene=dict(sise=3)), 'scene: expected some of size, .* got sise'),
    (dict(scene=dict(size=3)), r'size: expected integer within \[96')])
def test_wrong_arguments_are_named(kwargs, expected):
    with pytest.raises(InputError, match=expected):
        SyntheticIRSTDDataset(**dict(num_scenes=1) | kwargs)
