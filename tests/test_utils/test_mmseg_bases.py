"""mmseg's model bases beside datasets of this package, and nothing else."""
from pathlib import Path

import pytest
from mmengine.config import Config

from projects.dstransnet.cli.config_check import check_config

BASES = Path(__file__).resolve().parents[2] / 'configs/_base_'


@pytest.fixture
def bare(tmp_path):
    path = tmp_path / 'config.py'
    bases = ['mmseg::_base_/models/fcn_unet_s5-d16.py',
             str(BASES / 'datasets/sirst_256x256.py'),
             str(BASES / 'default_runtime.py')]
    path.write_text(f'_base_ = {bases}')
    return path


def test_the_dataset_completes_the_model(bare, capsys):
    cfg = Config.fromfile(bare)
    check_config(cfg)
    assert cfg.model.data_preprocessor == dict(
        type='SegDataPreProcessor', bgr_to_rgb=True, pad_val=0,
        seg_pad_val=255, **cfg.dataset_preprocessor)
    assert cfg.model.test_cfg == dict(
        mode='slide', crop_size=(256, 256), stride=(170, 170))
    assert len(capsys.readouterr().out.splitlines()) == 3
    Config(cfg.to_dict())
    assert not capsys.readouterr().out  # complete by now


@pytest.mark.parametrize('model', [
    dict(type='ClassicalDetector'), dict(data_preprocessor=None),
    dict(data_preprocessor=dict(size=(64, 64), mean=[1])),
    dict(data_preprocessor=dict(size_divisor=32)),
    dict(data_preprocessor=dict(size=(64, 64)), test_cfg=dict(mode='whole'))])
def test_what_a_model_states_stays(model, capsys):
    cfg = Config(dict(model=model, dataset_preprocessor=dict(size=(9, 9))))
    assert cfg.model == model and not capsys.readouterr().out


def test_configs_without_a_dataset_stay():
    model = dict(data_preprocessor=dict(mean=[1]),
                 test_cfg=dict(crop_size=256))
    assert Config(dict(model=model)).model == model
