"""Datasets of configs as plain PyTorch datasets."""
from __future__ import annotations

from typing import Any

import torch
from mmengine.config import Config, ConfigDict
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS
from torch import Tensor
from torch.nn.functional import interpolate
from torch.utils.data import Dataset

from ..models.shipped_weights import config_path
from ..utils.config import split_settings


class TorchDataset(Dataset):
    """Images and masks of a dataset of mmseg, as tensors.

    PyTorch's default collate makes batches of them where all images have one
    size, as after the pipelines of this project's configs.

    Args:
        dataset (Dataset): Dataset whose pipeline ends in ``PackSegInputs``.
        preprocessor (dict): Settings of the model's data preprocessor: its
            ``mean``, ``std`` and ``bgr_to_rgb`` are applied.
    """

    def __init__(self, dataset: Dataset, preprocessor: dict) -> None:
        self.dataset = dataset
        self._mean, self._std = (
            torch.tensor(preprocessor.get(name) or [default]).reshape(-1, 1, 1)
            for name, default in (('mean', 0.), ('std', 1.)))
        self._flip = bool(preprocessor.get('bgr_to_rgb'))

    def __len__(self) -> int:
        return len(self.dataset)  # type: ignore[arg-type]

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        """Return an image and its mask.

        Returns:
            tuple[Tensor, Tensor]: Normalised image (C, H, W) and mask
            (1, H, W) of 0 and 1, both float32.
        """
        sample = self.dataset[index]
        image = sample['inputs'].float()
        if self._flip:
            image = image.flip(0)
        mask = (sample['data_samples'].gt_sem_seg.data == 1).float()
        if mask.shape[1:] != image.shape[1:]:
            mask = interpolate(mask[None], image.shape[1:])[0]
        return (image - self._mean) / self._std, mask


def as_torch_dataset(config: str | Config, split: str = 'train',
                     **settings: Any) -> TorchDataset:
    """Return the images and masks of a config's split as tensors.

    Args:
        config (str | Config): Name of a config of this project, path of
            one, or a config.
        split (str): ``'train'``, with the augmentation of the config;
            ``'val'`` or ``'test'``. Defaults to ``'train'``.
        **settings: Settings of the dataset to replace, such as
            ``data_root``.

    Raises:
        InputError: If the config has no such split.

    Examples:
        >>> scenes = as_torch_dataset(
        ...     'dstransnet-s_1xb4-adam-4e_synthetic-128x128', num_scenes=2)
        >>> image, mask = scenes[0]
        >>> image.shape, mask.shape
        (torch.Size([3, 128, 128]), torch.Size([1, 128, 128]))
    """
    if isinstance(config, str):
        config = Config.fromfile(config_path(config))
    init_default_scope(config.get('default_scope', 'mmseg'))
    chosen = ConfigDict(split_settings(config, split), **settings)
    return TorchDataset(DATASETS.build(chosen),
                        config.model.get('data_preprocessor') or {})
