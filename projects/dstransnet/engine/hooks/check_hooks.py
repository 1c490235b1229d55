"""Checks of a training run before it fails late: batches, segmentor."""
from __future__ import annotations

from functools import partial
from typing import Any

from mmengine.dataset import DefaultSampler
from mmengine.dist import get_world_size
from mmengine.hooks import Hook
from mmengine.runner import EpochBasedTrainLoop, Runner
from mmseg.registry import HOOKS
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.hooks import RemovableHandle

from ...datasets.keyed_random import KeyedSampler
from ...models.layers import PortableSyncBN
from ...models.segmentor_check import check_segmentor
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


def _check_values(name: str, norm: nn.Module, inputs: tuple) -> None:
    if norm.training and inputs[0].numel() == inputs[0].shape[1]:
        raise InputError(
            f'train_dataloader: a batch of one image, of which {name}, a '
            'batch norm after pooling, gets one value a channel and needs two '
            'or more; choose a batch_size that leaves two images or more for '
            'the last batch, or set drop_last=True')


@HOOKS.register_module()
class SegmentorCheckHook(Hook):
    """Check the segmentor before training, and batches of one image.

    Losses that are wrong for the number of channels stop the run, see
    :func:`check_segmentor`, as do losses with a schedule of epochs in
    iteration-based training, and the first batch of one image where a batch
    norm follows global pooling.
    """

    priority = 'VERY_HIGH'

    def __init__(self) -> None:
        self._handles: list[RemovableHandle] = []
        self._checked = False

    def before_train(self, runner: Runner) -> None:
        """Check the heads.

        Raises:
            InputError: If a setting of a head is wrong.
        """
        check_segmentor(runner.model)
        if isinstance(runner.train_loop, EpochBasedTrainLoop):
            return
        following = sorted({
            type(module).__name__ for module in runner.model.modules()
            if getattr(module, 'follows_epochs', False)})
        if following:
            raise InputError(
                f'train_cfg: {", ".join(following)} change with the epoch; '
                'expected an EpochBasedTrainLoop, got '
                f'{type(runner.train_loop).__name__}')

    def before_train_iter(self,
                          runner: Runner,
                          batch_idx: int,
                          data_batch: Any = None) -> None:
        """Watch the batch norms during the first batch of one image."""
        if self._checked or len(image_shapes(data_batch)) != 1:
            return
        self._checked = True
        joined = get_world_size() > 1
        for name, norm in runner.model.named_modules():
            if isinstance(norm, _BatchNorm) and not (joined and isinstance(
                    norm, (nn.SyncBatchNorm, PortableSyncBN))):
                self._handles.append(norm.register_forward_pre_hook(
                    partial(_check_values, name)))

    def after_train_iter(self, *args: Any, **kwargs: Any) -> None:
        """Remove the hooks of :meth:`before_train_iter`."""
        while self._handles:
            self._handles.pop().remove()
