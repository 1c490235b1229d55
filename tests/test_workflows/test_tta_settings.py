"""Test-time augmentation of the configs."""
import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config, ConfigDict
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import init_default_scope
from mmseg.models.utils import resize
from mmseg.registry import DATASETS, MODELS
from torch import Tensor

from projects.dstransnet import cli
from projects.dstransnet.inference.preparation import (
    FramePreparation,
    views_after,
)
from projects.dstransnet.models import IRSTDTTAModel
from projects.dstransnet.utils.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / (
    'configs/dstransnet/dstransnet-s_1xb4-adam-4e_synthetic-128x128.py')


@pytest.fixture(autouse=True)
def _scope() -> None:
    init_default_scope('mmseg')


def enable_as_mmseg_does(cfg: Config) -> None:
    """What the --tta of mmseg's own test script does to a config."""
    cfg.test_dataloader.dataset.pipeline = cfg.tta_pipeline
    cfg.tta_model.module = cfg.model
    cfg.model = cfg.tta_model


def test_views_are_all_eight_of_an_image():
    config = Config.fromfile(
        ROOT / 'configs/_base_/datasets/irdst_480x480.py')
    height, width = config.image_size
    dataset = DATASETS.build(
        dict(
            type='SyntheticIRSTDDataset',
            num_scenes=1,
            scene=dict(size=max(height, width)),
            test_mode=True,
            pipeline=config.tta_pipeline))
    plain = Compose(config.test_pipeline)(dataset.get_data_info(0))
    views = dataset[0]
    assert len(views['inputs']) == len(views['data_samples']) == 8
    image = plain['inputs'].numpy()
    expected = []
    for turns in range(4):
        turned = np.rot90(image, turns, axes=(1, 2))
        expected += [turned, turned[:, :, ::-1]]
    for got, wanted in zip(views['inputs'], expected):
        assert np.array_equal(got, wanted)
    assert len({each.numpy().tobytes() for each in views['inputs']}) == 8
    first = views['data_samples'][0]
    assert torch.equal(first.gt_sem_seg.data,
                       plain['data_samples'].gt_sem_seg.data)


def test_views_of_targets_whose_masks_lie_to_the_upper_left():
    """The image and its transpose, put back by the model."""
    config = Config.fromfile(
        ROOT / 'configs/_base_/datasets/nudt-sirst-transpose_256x256.py')
    # The views follow the pipeline that is tested, not the config's.
    changed = config.test_pipeline
    changed[1].scale = (64, 48)
    dataset = DATASETS.build(
        dict(
            type='SyntheticIRSTDDataset',
            num_scenes=1,
            scene=dict(size=256),
            test_mode=True,
            pipeline=views_after(changed, config.tta_pipeline)))
    views = dataset[0]
    plain, transposed = views['inputs']
    assert plain.shape == (3, 48, 64)
    assert torch.equal(transposed, plain.mT)
    merged, logits = merged_and_single(views)
    torch.testing.assert_close(
        merged, (logits[0].sigmoid() + logits[1].mT.sigmoid()) / 2)


def test_views_of_two_sizes():
    """The image and its three quarters, put back by the model."""
    config = Config.fromfile(ROOT / 'configs/dstransnet/'
                             'dstransnet-r_1xb4-adamw-20e_sirst-256x256.py')
    image = np.random.default_rng(0).integers(0, 256, (80, 100), np.uint8)
    views = FramePreparation(config, size=(64, 128), tta=True)(image)
    plain, smaller = views['inputs']
    assert torch.equal(
        plain, FramePreparation(config, size=(64, 128))(image)['inputs'])
    assert smaller.shape == (3, 48, 96)
    merged, logits = merged_and_single(views)
    assert merged.shape == (1, 80, 100)
    torch.testing.assert_close(merged, sum(
        resize(each[None], size=(80, 100), mode='bilinear')[0].sigmoid()
        for each in logits) / 2)


def merged_and_single(views: dict) -> tuple[Tensor, list[Tensor]]:
    """Merge the views of a sample; return the logits of each view too."""
    model = MODELS.build(ConfigDict(
        type='IRSTDTTAModel',
        module=dict(
            type='EncoderDecoder',
            data_preprocessor=dict(type='SegDataPreProcessor'),
            backbone=dict(type='NetworkBackbone', network='lw_dstransnet_nano',
                          in_channels=3),
            decode_head=dict(type='LogitsHead', threshold=0.5),
            test_cfg=dict(mode='whole')))).eval()
    with torch.no_grad():
        [merged] = model.test_step(pseudo_collate([views]))
        logits = [
            model.module.encode_decode(
                image[None].float(), [sample.metainfo])[0]
            for image, sample in zip(views['inputs'], views['data_samples'])
        ]
    return merged.seg_logits.data, logits


@pytest.mark.parametrize('enable', [cli.enable_tta, enable_as_mmseg_does])
def test_a_config_builds_with_tta(enable):
    config = Config.fromfile(CONFIG)
    plain = config.copy()
    enable(config)
    steps = config.test_dataloader.dataset.pipeline
    assert steps[-1].type == 'TestTimeAug'
    assert steps[:-1] == plain.test_dataloader.dataset.pipeline[:-1]
    assert len(Compose(steps).transforms) == len(steps)
    assert config.val_dataloader == plain.val_dataloader
    with torch.device('meta'):
        model = MODELS.build(config.model)
    assert isinstance(model, IRSTDTTAModel)


def test_views_follow_the_pipeline_that_is_tested():
    """Also where --cfg-options changed it, and not tta_pipeline."""
    config = Config.fromfile(CONFIG)
    dataset = config.test_dataloader.dataset
    views = config.tta_pipeline[-1]
    changed = [step for step in dataset.pipeline
               if step.type != 'EvaluateAtInputSize']
    changed[1] = dict(changed[1], scale=(48, 32))
    dataset.update(num_scenes=1, pipeline=changed)
    cli.enable_tta(config)
    assert dataset.pipeline == [*changed[:-1], views]
    assert len(changed) == 4 and changed[-1].type == 'PackSegInputs'
    shapes = [tuple(each.shape[1:])
              for each in DATASETS.build(dataset)[0]['inputs']]
    assert shapes == 2 * (2 * [(32, 48)] + 2 * [(48, 32)])


def test_joined_test_sets_get_views_of_their_own_pipelines():
    config = Config.fromfile(CONFIG)
    dataset = config.test_dataloader.dataset
    views = config.tta_pipeline[-1]
    own = [dict(type='LoadImageFromFile'), dict(type='LoadIRSTDMask'),
           dict(type='PackSegInputs')]
    parts = [ConfigDict(dataset, num_scenes=1),
             ConfigDict(dataset, num_scenes=2, pipeline=own)]
    plain = copy.deepcopy(parts[0].pipeline)
    config.test_dataloader.dataset = dict(type='ConcatDataset', datasets=parts)
    cli.enable_tta(config)
    found = config.test_dataloader.dataset
    assert 'pipeline' not in found
    assert found.datasets[0].pipeline == [*plain[:-1], views]
    assert found.datasets[1].pipeline == [*own[:-1], views]
    joined = DATASETS.build(found)
    assert [len(joined[number]['inputs']) for number in range(3)] == 3 * [8]


def test_another_tta_pipeline_stands_alone():
    """Views of another project, with steps of its own before them."""
    foreign = [
        dict(type='LoadImageFromFile', to_float32=True),
        dict(
            type='TestTimeAug',
            transforms=[[dict(type='RandomFlip', prob=0.),
                         dict(type='RandomFlip', prob=1.)],
                        [dict(type='LoadIRSTDMask')],
                        [dict(type='PackSegInputs')]])
    ]
    config = Config.fromfile(CONFIG)
    config.tta_pipeline = copy.deepcopy(foreign)
    cli.enable_tta(config)
    assert config.test_dataloader.dataset.pipeline == foreign


def test_a_dataset_without_a_pipeline_gets_all_of_it():
    config = Config.fromfile(CONFIG)
    expected = copy.deepcopy(config.tta_pipeline)
    config.test_dataloader.dataset.pop('pipeline')
    cli.enable_tta(config)
    assert config.test_dataloader.dataset.pipeline == expected


def test_configs_without_the_settings_are_refused():
    config = Config.fromfile(CONFIG)
    for key in ('tta_model', 'tta_pipeline'):
        config.pop(key)
    with pytest.raises(InputError, match='--tta needs tta_model and '
                                         'tta_pipeline in the config'):
        cli.enable_tta(config)


def test_checkpoints_of_other_networks_are_refused(project, tmp_path):
    config = Config.fromfile(project.config)
    cli.enable_tta(config)
    # Wrapped as in distributed testing.
    model = torch.nn.DataParallel(MODELS.build(config.model))
    cli.check_checkpoint(str(project.checkpoint), model)
    state = torch.load(project.checkpoint)['state_dict']
    state.pop('decode_head.conv_seg.bias')
    torch.save(dict(state_dict=state), tmp_path / 'other.pth')
    with pytest.raises(InputError, match='lacks decode_head.conv_seg.bias'):
        cli.check_checkpoint(str(tmp_path / 'other.pth'), model)
