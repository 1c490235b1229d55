import copy
from pathlib import Path

import pytest
from mmengine.config import Config, ConfigDict

from projects.dstransnet.utils.config import (
    build_split,
    input_size,
    leaf_settings,
    shared_images,
    split_config,
    split_settings,
    training_size,
)
from projects.dstransnet.utils.errors import InputError
from projects.dstransnet.utils.sample_names import image_paths


def stems(dataset) -> str:
    return ''.join(Path(path).stem for path in image_paths(dataset))


def test_input_size():
    cfg = Config(dict(model=dict()))
    assert input_size(cfg) == (256, 256)
    cfg.model.data_preprocessor = dict(size=(48, 64))
    assert input_size(cfg) == (48, 64)
    cfg.test_dataloader = None
    assert input_size(cfg) == (48, 64)
    # Tested on whole images, trained on windows of them.
    cfg.test_dataloader = dict(dataset=dict(type='A', pipeline=[
        dict(type='LoadImageFromFile'),
        dict(type='Resize', scale=(320, 256), keep_ratio=False)]))
    assert input_size(cfg) == (256, 320)
    cfg.test_dataloader.dataset.pipeline[1].type = 'PillowResize'
    assert input_size(cfg) == (256, 320)
    assert training_size(cfg) == (48, 64)
    cfg.test_dataloader.dataset.pipeline[1].keep_ratio = True
    assert input_size(cfg) == (48, 64)


def test_settings_and_their_leaves():
    one, two = (dict(type='IRSTDDataset', data_root=root) for root in 'ab')
    joined = dict(type='ConcatDataset',
                  datasets=[one, dict(type='RepeatDataset', dataset=two)])
    cfg = Config(dict(
        train_dataloader=dict(
            dataset=dict(type='RepeatDataset', times=3, dataset=joined)),
        test_dataloader=dict(dataset=one)))
    train = split_settings(cfg, 'train')
    assert train.type == 'ConcatDataset'
    assert [leaf.data_root for leaf in leaf_settings(train)] == ['a', 'b']
    assert list(leaf_settings(split_settings(cfg, 'test'))) == [one]


@pytest.mark.parametrize('split, names', [
    ('train', 'ab'), ('val', 'bc'), ('test', 'cde'), ('more.txt', 'acd')])
def test_images_of_a_split(config, split, names):
    before = copy.deepcopy(config.to_dict())
    dataset = build_split(config, split)
    assert stems(dataset) == names
    assert config.to_dict() == before
    # Read as in testing, whatever the pipeline of the split.
    assert split_config(config, split).pipeline == config.test_pipeline
    assert dataset.test_mode
    assert tuple(dataset[0]['data_samples'].gt_sem_seg.shape) == (16, 24)


@pytest.mark.parametrize('split, missing', [
    ('train', 'train'), ('val', 'val'), ('test', 'test'), ('train', 'test')])
def test_missing_loader(config, split, missing):
    config.pop(f'{missing}_dataloader')
    with pytest.raises(InputError, match=(
            rf'^configs/some\.py: has no {missing}_dataloader$')):
        split_config(config, split)


def test_data_sets_without_lists(config):
    config.test_dataloader.dataset = ConfigDict(
        type='SyntheticIRSTDDataset', num_scenes=1)
    with pytest.raises(
            InputError,
            match="split: expected one of train, val, test, got 'validation';"
            ' SyntheticIRSTDDataset has no ann_file to replace'):
        split_config(config, 'validation')


def test_joined_data_sets(config):
    parts = [config.train_dataloader.dataset, config.val_dataloader.dataset]
    config.train_dataloader.dataset = dict(
        type='ConcatDataset',
        datasets=[parts[0], dict(type='RepeatDataset', times=2,
                                 dataset=parts[1])])
    dataset = build_split(config, 'train')
    assert stems(dataset) == 'abbc'  # repeated ones count once
    for number in range(4):
        sample = dataset[number]['data_samples']
        assert tuple(sample.gt_sem_seg.shape) == (16, 24)


@pytest.mark.parametrize('split, other, expected', [
    ('val', 'train', 1), ('train', 'val', 1), ('val', 'test', 1),
    ('train', 'test', 0), ('test', 'test', 3), ('more.txt', 'test', 2),
    ('more.txt', 'train', 1)])
def test_images_of_two_splits(config, split, other, expected):
    assert shared_images(config, split, other) == expected


def test_a_split_beside_a_list(config):
    test = config.test_dataloader.dataset
    test.update(split='test', ann_file='test.txt')
    with pytest.raises(InputError, match=(
            "split: .* as the test dataset states ann_file='test.txt', got "
            "'subtrain'")):
        split_config(config, 'subtrain')
    assert split_config(config, 'more.txt').ann_file == 'more.txt'
