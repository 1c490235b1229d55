"""Datasets as plain tensors."""
import torch
from mmengine.config import Config
from torch.utils.data import DataLoader

from projects.dstransnet.datasets import as_torch_dataset
from projects.dstransnet.models.shipped_weights import config_path
from projects.dstransnet.utils.config import build_split

NAME = 'dstransnet-s_1xb4-adam-4e_synthetic-128x128'


def test_batches_by_the_default_collate():
    dataset = as_torch_dataset(NAME, num_scenes=5)
    assert len(dataset) == 5
    images, masks = next(iter(DataLoader(dataset, batch_size=5)))
    assert images.shape == (5, 3, 128, 128) and masks.shape == (
        5, 1, 128, 128)
    assert images.dtype == masks.dtype == torch.float32
    assert set(masks.unique().tolist()) == {0, 1}
    assert images.mean().abs() < 1.5 and 0.3 < images.std() < 3


def test_the_same_as_the_network_gets():
    """mmseg's own preprocessor normalises what mmseg's dataset gives."""
    from mmseg.registry import MODELS
    cfg = Config.fromfile(config_path(NAME))
    cfg.test_dataloader.dataset.num_scenes = 2
    plain = as_torch_dataset(cfg, 'test')
    sample = build_split(cfg, 'test')[1]
    given = MODELS.build(cfg.model.data_preprocessor)(dict(
        inputs=[sample['inputs']], data_samples=[sample['data_samples']]))
    image, mask = plain[1]
    torch.testing.assert_close(image, given['inputs'][0])
    assert torch.equal(
        mask.bool(), given['data_samples'][0].gt_sem_seg.data == 1)
