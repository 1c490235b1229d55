"""Hook that explains out-of-memory errors."""
from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from mmengine.hooks import Hook
from mmengine.model import BaseTTAModel, is_model_wrapper
from mmengine.runner import Runner
from mmseg.registry import HOOKS

from ...inference.tiles import height_and_width
from ...models import DSTransNetBackbone
from ...utils.errors import InputError, first_line
from ...utils.memory import available_memory, is_out_of_memory
from ..batches import describe_shapes, image_shapes

# For a forward pass without gradients. Measured on a CPU at 512 x 512: 717
# bytes a pixel with 8 channels in the first stage, 1739 with 32.
_BYTES_PER_PIXEL_AND_CHANNEL = 44
_ADVICE = {
    'train_step': 'lower train_dataloader.batch_size or the size of the crop '
    'in train_pipeline; on a GPU, --amp takes about half of it',
    'val_step': 'resize the images in the pipeline of val_dataloader',
    'test_step': 'resize the images in the pipeline of test_dataloader, or '
    'cut them into tiles: tools/test.py --tile SIZE',
}
_ADVICE_ON_TILES = (
    'let the network see smaller tiles, or fewer at a time: --tile and '
    '--tile-batch of tools/test.py, or crop_size and tile_batch of '
    'model.test_cfg')


def _segmentor(model: Any) -> Any:
    """Return the segmentor inside wrappers."""
    while is_model_wrapper(model) or isinstance(model, BaseTTAModel):
        model = model.module
    return model


def _tiles(name: str, model: Any) -> tuple[int, int, int] | None:
    """Return number, height and width of the tiles that the network sees at a
    time, None for whole images.
    """
    settings = getattr(_segmentor(model), 'test_cfg', None) or {}
    if name == 'train_step' or settings.get('mode') != 'slide':
        return None
    sides = height_and_width(
        'test_cfg.crop_size', settings.get('crop_size', 0), 1)
    return settings.get('tile_batch', 1), *sides


def _pixels_at_a_time(shapes: Sequence[tuple[int, ...]],
                      tiles: tuple[int, int, int] | None) -> int:
    """Return the minimum number of pixels that the network sees at a time."""
    whole = sum(shape[-2] * shape[-1] for shape in shapes)
    if tiles is None or not shapes:
        return whole
    number, high, wide = tiles
    largest = max(min(shape[-2], high) * min(shape[-1], wide)
                  for shape in shapes)
    return min(number * largest, whole)


def _explain(name: str, model: Any, data_batch: Any,
             reason: str) -> InputError:
    """Return the error of a step that is out of memory."""
    shapes, tiles = image_shapes(data_batch), _tiles(name, model)
    cut = '' if tiles is None else (
        ', {} tile(s) of {} x {} at a time'.format(*tiles))
    advice = _ADVICE[name] if tiles is None else _ADVICE_ON_TILES
    return InputError(
        f'out of memory in {name}: a batch of {len(shapes)} images, '
        f'{describe_shapes(shapes)} (channels, height, width){cut}; '
        f'{advice}. ({reason})')


def _channels_on_cpu(model: Any) -> int | None:
    """Return the channels of DSTransNet's first stage on a CPU, else None.

    Deployed networks are not DSTransNet any more, and were not measured.
    """
    backbone = getattr(_segmentor(model), 'backbone', None)
    if not isinstance(backbone, DSTransNetBackbone):
        return None
    stage: Any = backbone.stages[0]
    weight = next(stage.fuse.parameters())
    return len(weight) if weight.device.type == 'cpu' else None


class _Guard:
    """Run the steps of a model, and explain out-of-memory errors.

    Args:
        model (nn.Module): The model. Each step inspects it again, since tiles
            and deployment may change it in between.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        # A step as large as an earlier one gets the same memory again.
        self.largest = 0

    def run(self, step: Callable, name: str, data_batch: Any, *args: Any,
            **kwargs: Any) -> Any:
        """Run a step of the model.

        Raises:
            InputError: If the step is, or would be, out of memory.
        """
        needed = self._check(name, data_batch)
        try:
            result = step(data_batch, *args, **kwargs)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            raise _explain(name, self.model, data_batch,
                           first_line(error)) from error
        self.largest = max(self.largest, needed)
        return result

    def _check(self, name: str, data_batch: Any) -> int:
        """Raise before a CPU step takes too much, since systems would kill."""
        channels = _channels_on_cpu(self.model)
        if channels is None:
            return 0
        pixels = _pixels_at_a_time(
            image_shapes(data_batch), _tiles(name, self.model))
        needed = pixels * channels * _BYTES_PER_PIXEL_AND_CHANNEL
        free = available_memory() if needed > self.largest else None
        if free is not None and needed > free:
            raise _explain(
                name, self.model, data_batch,
                f'it needs {needed / 2**30:.1f} GiB or more, and '
                f'{free / 2**30:.1f} GiB are free')
        return needed


@HOOKS.register_module()
class MemoryHook(Hook):
    """Add advice to out-of-memory errors.

    The error names the number and the shapes of the images of the batch. On
    CPUs, where the system kills a process that takes too much memory, a batch
    for this network is refused if its least demand is not available. With
    tiles, those of one step count. Deployed networks are not refused, since
    their demand was not measured.
    """

    def before_run(self, runner: Runner) -> None:
        """Wrap the steps of the model."""
        model: Any = runner.model
        guard = _Guard(model)
        for name in _ADVICE:
            step = getattr(model, name)
            # A runner that trains and tests gets here twice.
            if not isinstance(step, functools.partial):
                setattr(model, name,
                        functools.partial(guard.run, step, name))
