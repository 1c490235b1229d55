"""Configs of students and teachers."""
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from projects.dstransnet import build_network
from projects.dstransnet.cli.config_check import check_config
from projects.dstransnet.models.build import build_segmentor

FOLDER = Path(__file__).resolve().parents[2] / 'configs/distilled'
PATHS = sorted(FOLDER.glob('*.py'))
SCENES = 'lw-dstransnet-nano-from-dstransnet-s_1xb4-adam-4e_synthetic-128x128'
assert SCENES in [path.stem for path in PATHS]


@pytest.mark.parametrize('path', PATHS, ids=lambda path: path.stem)
def test_config_is_valid(path):
    config = Config.fromfile(path)
    check_config(config)
    given = config.model.teacher_checkpoint
    assert given is None or Path(given).is_file()
    for key, value in config.dataset_preprocessor.items():
        assert config.model.data_preprocessor[key] == value


def test_student_has_all_losses_of_the_release(tmp_path):
    model = build_segmentor(Config.fromfile(FOLDER / f'{SCENES}.py'))
    torch.save(build_network('dstransnet-s').state_dict(),
               tmp_path / 'teacher.pth')
    model.teacher_checkpoint = str(tmp_path / 'teacher.pth')
    label = torch.zeros(1, 64, 64, dtype=torch.long)
    label[:, 9:12, 30:33] = 1
    losses = model.loss(torch.randn(2, 3, 64, 64), [
        SegDataSample(gt_sem_seg=PixelData(data=label)) for _ in range(2)])
    sides = ('gt4', 'gt3', 'gt2', 'gt1', 'gt0', 'out')
    assert set(losses) == {
        *(f'decode.loss_bce_{side}' for side in sides), 'aux.loss_dice_out',
        'loss_tomd', 'loss_slcd', 'loss_pmifd'}
    assert all(value > 0 for value in losses.values())
    widths = {adapter.weight.shape[:2]
              for adapter in model.distillation[2].adapters}
    assert widths == {(8, 4), (16, 8), (32, 16), (64, 32)}
