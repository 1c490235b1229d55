"""Checks of batch sizes, and no last batch of a single image."""
from __future__ import annotations

from typing import Any

from mmengine.dataset import DefaultSampler
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS

from ...datasets.keyed_random import KeyedSampler
from ...utils.errors import InputError
from ..batches import image_shapes


@HOOKS.register_module()
class BatchSizeHook(Hook):
    """Check batch sizes where a run would fail late.

    Where the last batch of an epoch would hold a single image, with which no
    batch norm after pooling can be trained, :class:`.KeyedSampler` repeats
    the first image of the epoch in it. The number of iterations stays.
    """

    def before_train(self, runner: Runner) -> None:
        """Check the training data loader.

        Raises:
            InputError: If ``drop_last`` leaves no batch.
        """
        loader = runner.train_dataloader
        sampler, size = loader.sampler, loader.batch_size
        if not isinstance(sampler, DefaultSampler) or size is None:
            return
        if len(loader) == 0:
            raise InputError(
                f'train_dataloader: drop_last=True leaves no batch of '
                f'{len(sampler)} images; expected batch_size of at most '
                f'{len(sampler)}, got {size}')
        if isinstance(sampler, KeyedSampler) and not loader.drop_last:
            sampler.avoid_single(size)

    def _check_sizes(self, split: str, data_batch: Any) -> None:
        sizes = {tuple(shape[-2:]) for shape in image_shapes(data_batch)}
        if len(sizes) > 1:
            shown = ', '.join(f'{height} x {width}'
                              for height, width in sorted(sizes))
            raise InputError(
                f'{split}_dataloader.batch_size: expected images of one size '
                f'in a batch, got {shown} (height x width); set it to 1, or '
                'resize images in the pipeline')

    def before_val_iter(self,
                        runner: Runner,
                        batch_idx: int,
                        data_batch: Any = None) -> None:
        """Raise InputError if a batch holds images of several sizes."""
        self._check_sizes('val', data_batch)

    def before_test_iter(self,
                         runner: Runner,
                         batch_idx: int,
                         data_batch: Any = None) -> None:
        """Raise InputError if a batch holds images of several sizes."""
        self._check_sizes('test', data_batch)
