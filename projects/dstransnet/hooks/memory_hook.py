"""Errors of memory that say what to change."""
from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.model import BaseTTAModel, is_model_wrapper
from mmengine.runner import Runner
from mmseg.registry import HOOKS

from ..datasets.shared_store import available_memory
from ..errors import InputError
from ..models import DSTransNetBackbone
from .batches import describe_shapes, image_shapes

# What PyTorch's allocators say where they raise a plain RuntimeError.
_CPU_ALLOCATOR = ('DefaultCPUAllocator', 'not enough memory: you tried')
# Of a forward pass without gradients. Measured on a CPU at 512 x 512: 717
# bytes a pixel with 8 channels in the first stage, 1739 with 32.
_BYTES_PER_PIXEL_AND_CHANNEL = 44
_ADVICE = {
    'train_step': 'lower train_dataloader.batch_size or the size of the crop '
    'in train_pipeline; on a GPU, --amp takes about half of it',
    'val_step': 'resize the images in the pipeline of val_dataloader',
    'test_step': 'resize the images in the pipeline of test_dataloader, or '
    'cut them into tiles: tools/test.py --tile SIZE',
}


def _is_of_memory(error: BaseException) -> bool:
    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or any(
        text in str(error) for text in _CPU_ALLOCATOR)


def _explain(name: str, data_batch: Any, reason: str) -> InputError:
    """Return the error of a step that has too little memory."""
    shapes = image_shapes(data_batch)
    return InputError(
        f'out of memory in {name}: a batch of {len(shapes)} images, '
        f'{describe_shapes(shapes)} (channels, height, width); '
        f'{_ADVICE[name]}. ({reason})')


def _channels_on_cpu(model: Any) -> int | None:
    """Return the width of this network's first stage, None for others."""
    while is_model_wrapper(model) or isinstance(model, BaseTTAModel):
        model = model.module
    backbone = getattr(model, 'backbone', None)
    if not isinstance(backbone, DSTransNetBackbone):
        return None
    stage: Any = backbone.stages[0]
    weight = next(stage.fuse.parameters())
    return len(weight) if weight.device.type == 'cpu' else None


class _Guard:
    """Runs the steps of a model, and explains that they lack memory.

    Args:
        channels (int, optional): Width of this network's first stage on a
            CPU; None for what is not checked beforehand.
    """

    def __init__(self, channels: int | None) -> None:
        self.channels = channels
        # What has been run keeps its memory in the process, or gets it again.
        self.largest = 0

    def run(self, step: Callable, name: str, data_batch: Any, *args: Any,
            **kwargs: Any) -> Any:
        """Run a step of the model.

        Raises:
            InputError: If memory ends, or would end.
        """
        needed = self._check(name, data_batch)
        try:
            result = step(data_batch, *args, **kwargs)
        except (RuntimeError, MemoryError) as error:
            if not _is_of_memory(error):
                raise
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise _explain(name, data_batch, reason) from error
        self.largest = max(self.largest, needed)
        return result

    def _check(self, name: str, data_batch: Any) -> int:
        """Raise before a CPU's memory is taken, since systems kill instead."""
        if self.channels is None:
            return 0
        pixels = sum(
            shape[-2] * shape[-1] for shape in image_shapes(data_batch))
        needed = pixels * self.channels * _BYTES_PER_PIXEL_AND_CHANNEL
        free = available_memory() if needed > self.largest else None
        if free is not None and needed > free:
            raise _explain(
                name, data_batch, f'it needs {needed / 2**30:.1f} GiB or '
                f'more, and {free / 2**30:.1f} GiB are free')
        return needed


@HOOKS.register_module()
class MemoryHook(Hook):
    """Turn errors of memory into ones that say what to change.

    They name the number and the shapes of the images of the batch. On a CPU,
    where systems kill a process that takes too much, a batch of this network
    that is larger than all before is refused if the least that it needs is
    not free.
    """

    def before_run(self, runner: Runner) -> None:
        """Surround the steps of the model."""
        model: Any = runner.model
        guard = _Guard(_channels_on_cpu(model))
        for name in _ADVICE:
            step = getattr(model, name)
            # A runner may train first and test then.
            if not isinstance(step, functools.partial):
                setattr(model, name,
                        functools.partial(guard.run, step, name))
