"""Checks and overrides of configs."""
import re
from pathlib import Path
from unittest import mock

import pytest
from mmengine.config import Config
from mmengine.model import BaseModule
from mmengine.utils import deprecated_api_warning
from mmseg.registry import DATASETS

from projects.dstransnet import cli
from projects.dstransnet.cli.config_check import check_config, override
from projects.dstransnet.utils.errors import InputError

CONFIGS = Path(__file__).resolve().parents[2] / 'configs/dstransnet'
NARROW = str(CONFIGS / 'dstransnet-s_1xb4-adam-40e_sirst-256x256.py')


@pytest.fixture(scope='module')
def narrow() -> Config:
    return Config.fromfile(NARROW)


@pytest.mark.parametrize('path', sorted(CONFIGS.glob('*.py')),
                         ids=lambda path: path.stem)
def test_our_configs_pass(path):
    check_config(Config.fromfile(path))


@pytest.mark.parametrize('name', [
    'pspnet/pspnet_r50-d8_4xb2-40k_cityscapes-512x1024.py',
    'swin/swin-tiny-patch4-window7-in1k-pre_upernet_8xb2-160k_ade20k-512x512'
    '.py'])
def test_configs_of_the_framework_pass(name, tmp_path):
    path = tmp_path / 'config.py'
    path.write_text(f"_base_ = 'mmseg::{name}'")
    check_config(Config.fromfile(path))


@pytest.mark.parametrize(('setting', 'value', 'message'), [
    ('train_cfg.max_epoch', 3, 'EpochBasedTrainLoop has no such argument; '
     "did you mean 'max_epochs'?"),
    ('model.backbone.base_channel', 4, 'DSTransNetBackbone has no such '
     "argument; did you mean 'base_channels'?"),
    ('model.backbon', dict(depth=3), 'EncoderDecoder has no such argument; '
     "did you mean 'backbone'?"),
    ('train_dataloader.batchsize', 2, 'DataLoader has no such argument; '
     "did you mean 'batch_size'?"),
    ('train_dataloader.dataset.dataroot', 'x', 'SIRSTDataset has no such '
     "argument; did you mean 'data_root'?"),
    ('optim_wrapper.optimizer.learning_rate', 1, 'Adam has no such argument; '
     'expected one of amsgrad, '),
    ('default_hooks.checkpoint.intervall', 1, 'IRSTDCheckpointHook has no '
     "such argument; did you mean 'interval'?"),
    ('param_scheduler.0.start_facto', 1, 'LinearLR has no such argument; did '
     "you mean 'start_factor'?"),
    ('val_dataloader.dataset.pipeline.1.scal', 8, 'Resize has no such '
     "argument; did you mean 'scale'?"),
    ('test_evaluator.treshold', 1, 'IRSTDMetric has no such argument; did '
     "you mean 'threshold'?"),
    ('train_cfg.max_epochs', 'many', "expected int, got 'many'"),
    ('train_dataloader.batch_size', 'four', "expected int | None, got "
     "'four'"),
    ('default_hooks.logger.interval', 'ten', "expected int, got 'ten'"),
    ('optim_wrapper.optimizer.lr', '1e', "expected float | "),
    ('optim_wrapper.optimizer.type', 'Adamm', 'expected an optimizer such '),
    ('optim_wrapper.paramwise_cfg.norm_decay', 0., "has no effect; did you "
     "mean 'norm_decay_mult'?"),
    ('train_cfg.val_interval', 0, 'expected 1 or more, got 0'),
    ('train_cfg.max_epochs', -1, 'expected 1 or more, got -1'),
    ('log_level', 'FOO', "expected a level of logging, such as INFO, got "),
    ('randomness.seed', 'abc', "expected an integer, got 'abc'"),
    ('env_cfg.mp_cfg.mp_start_method', 'foo', 'expected one of fork, spawn'),
    ('custom_hooks.0.depth', 1, 'SyncAllBuffersHook has no such argument; '
     'expected none'),
])
def test_wrong_settings_are_named(narrow, setting, value, message):
    cfg = narrow.copy()
    cfg.merge_from_dict({setting: value})
    with pytest.raises(InputError,
                       match=f'^{re.escape(f"{setting}: {message}")}'):
        check_config(cfg)


class _KeepsOne(BaseModule):

    def __init__(self, names: str = '', **kwargs: object) -> None:
        self.channel = kwargs.pop('channel')
        super().__init__(**kwargs)


class _Renamed(BaseModule):

    @deprecated_api_warning(dict(width='channels'))
    def __init__(self, channels: int) -> None:
        super().__init__()


@pytest.mark.parametrize('settings', [
    dict(type=_KeepsOne, names=['a', 'b'], channel=3),
    dict(type=_Renamed, width=3),
    dict(type='TIMMBackbone', model_name='resnet18', drop_path_rate=0.1),
    dict(type='DetrTransformerDecoderLayer', attn_cfgs=dict(
        type='MultiheadAttention', embed_dims=8, num_heads=1, dropout=0.1)),
])
def test_what_classes_of_others_may_take_passes(settings):
    check_config(Config(dict(model=dict(backbone=settings))))


def test_a_name_of_two_registries_is_not_checked(narrow):
    cfg = narrow.copy()
    cfg.model.backbone.depth = 3
    with mock.patch.dict(DATASETS.module_dict, DSTransNetBackbone=_Renamed):
        check_config(cfg)


def test_data_root_layout_and_pipeline_reach_what_uses_them(capsys):
    cfg = cli.read_config(NARROW, {
        'data_root': 'elsewhere', 'layout': 'toolbox',
        'train_pipeline.2.prob': 0.25,
        'test_dataloader.dataset.data_root': 'third'})
    found = {split: cfg[f'{split}_dataloader'].dataset
             for split in ('train', 'val', 'test')}
    assert {split: each.data_root for split, each in found.items()} == dict(
        train='elsewhere', val='elsewhere', test='third')
    assert {each.layout for each in found.values()} == {'toolbox'}
    assert found['train'].pipeline[2].prob == 0.25
    assert '--cfg-options layout: also sets train_dataloader.' in (
        capsys.readouterr().out)


@pytest.mark.parametrize(('key', 'meant'), [
    ('trian_cfg.max_epochs', 'train_cfg.max_epochs'),
    ('max_epochs', 'train_cfg.max_epochs'),
    ('lr', 'optim_wrapper.optimizer.lr'),
    ('optimizer.lr', 'optim_wrapper.optimizer.lr'),
    ('data.samples_per_gpu', 'train_dataloader.batch_size'),
    ('work_dirs', 'work_dir'),
])
def test_unknown_keys_stop_with_the_right_one(narrow, key, meant):
    with pytest.raises(InputError, match=(
            f"^--cfg-options {key}: no such setting; did you mean '{meant}'"
            r"\?$")):
        override(narrow.copy(), {key: 1})


def test_a_variable_that_was_only_used_stops(narrow):
    with pytest.raises(InputError, match=(
            '^--cfg-options image_size: a variable that was used while the '
            'config was read, .*: model.data_preprocessor.size, .*'
            r'pipeline\.\d\.crop_size')):
        override(narrow.copy(), {'image_size': (128, 128)})


def test_numbers_have_no_copies():
    """Equal settings may be others, and tuples may be made from them."""
    cfg = Config(dict(
        side=32, val_dataloader=dict(side=32), test_dataloader=dict(side=3),
        model=dict(size=(32, 32), depth=3)))
    with pytest.raises(InputError, match=(
            '^--cfg-options side: a variable that was used .*; set these '
            r'instead: val_dataloader\.side, model\.size$')):
        override(cfg, {'side': 40})


def test_settings_that_the_framework_reads_may_be_new(narrow):
    cfg = narrow.copy()
    override(cfg, {'compile': True, 'train_dataloader.drop_last': True})
    assert cfg.compile and cfg.train_dataloader.drop_last


def test_scopes_without_some_kinds_of_classes_do_not_warn(caplog):
    cfg = Config.fromfile(NARROW)
    step = cfg.train_dataloader.dataset.pipeline[0]
    step.update(_scope_='projects.dstransnet', maping='minmax')
    with pytest.raises(InputError, match="did you mean 'mapping'"):
        check_config(cfg)
    assert not caplog.records


def test_a_variable_without_copies_names_settings_of_its_name():
    cfg = Config.fromfile(NARROW)
    cfg.data_root = 'elsewhere'
    with pytest.raises(
            InputError,
            match=r'instead: train_dataloader\.dataset\.data_root'):
        override(cfg, {'data_root': 'x'})
