from pathlib import Path

from mmcv.transforms import LoadImageFromFile
from mmengine.config import Config
from mmengine.registry import TRANSFORMS
from mmengine.runner.checkpoint import CheckpointLoader

from projects.dstransnet.checkpoint.loaders import SCHEMES

ROOT = Path(__file__).resolve().parents[1]


def test_every_loader_of_checkpoints_is_replaced():
    assert dict(CheckpointLoader._schemes) == SCHEMES


def test_mmcvs_own_loader_of_images_stays():
    assert TRANSFORMS.get('LoadImageFromFile') is LoadImageFromFile


def test_bases_of_mmseg_are_found_beside_ours(tmp_path):
    path = tmp_path / 'config.py'
    path.write_text(
        "_base_ = ['mmseg::_base_/models/fcn_unet_s5-d16.py',\n"
        f"    '{ROOT}/configs/_base_/datasets/sirst_256x256.py']\n"
        'model = dict(data_preprocessor={{_base_.dataset_preprocessor}})')
    cfg = Config.fromfile(path)
    assert cfg.model.backbone.type == 'UNet'
    assert cfg.model.data_preprocessor.size == (256, 256)
    assert cfg.train_dataloader.dataset.type == 'SIRSTDataset'
