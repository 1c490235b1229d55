from mmcv.transforms import LoadImageFromFile
from mmengine.registry import TRANSFORMS
from mmengine.runner.checkpoint import CheckpointLoader

from projects.dstransnet.checkpoint.loaders import SCHEMES


def test_every_loader_of_checkpoints_is_replaced():
    assert dict(CheckpointLoader._schemes) == SCHEMES


def test_mmcvs_own_loader_of_images_stays():
    assert TRANSFORMS.get('LoadImageFromFile') is LoadImageFromFile
