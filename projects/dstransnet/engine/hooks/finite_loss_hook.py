"""Hook that stops training at a loss that is NaN or infinite."""
from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from mmengine.dist import all_gather_object, all_reduce, get_world_size
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS

from ...checkpoint.reading import is_finite
from ...utils.errors import InputError
from ...utils.text import first_few
from ..batches import image_names


def _number(value: Any) -> float:
    return value.item() if isinstance(value, torch.Tensor) else float(value)


@HOOKS.register_module()
class FiniteLossHook(Hook):
    """Stop training at the first loss that is NaN or infinite.

    The error names the step, the parts of the loss that are not finite and
    the image files of the batch. Nothing of that step is saved. All processes
    of a distributed run stop with the same error.

    Weights and buffers that are not finite are not saved either, so that the
    last checkpoint stays good; the process that saves stops. A model with
    intended infinite values cannot be trained with this hook.

    The check does not wait for the GPU again, since RuntimeInfoHook has
    fetched the loss before. Several processes exchange one number per step.
    """

    # Before hooks that update averaged weights or save checkpoints.
    priority = 'ABOVE_NORMAL'

    def after_train_iter(self,
                         runner: Runner,
                         batch_idx: int,
                         data_batch: Any = None,
                         outputs: Mapping[str, Any] | None = None) -> None:
        """Check the loss of a step.

        Raises:
            InputError: If it is not finite, in this process or another.
        """
        if outputs is None or 'loss' not in outputs:
            return
        wrong = not math.isfinite(_number(outputs['loss']))
        if get_world_size() > 1:
            flag = torch.tensor(float(wrong))
            all_reduce(flag, 'max')
            if not flag:
                return
        elif not wrong:
            return
        found = {
            key: _number(value)
            for key, value in outputs.items()
            if 'loss' in key and not math.isfinite(_number(value))
        }
        ranks = all_gather_object((found, image_names(data_batch)))
        parts = {key: value for part, _ in ranks
                 for key, value in part.items()}
        images = [name for part, names in ranks if part for name in names]
        values = [f'{key} {value}' for key, value in parts.items()]
        raise InputError(
            f'training stopped in epoch {runner.epoch + 1}, step '
            f'{runner.iter + 1}: {first_few(values)}; images of the batch: '
            f'{first_few(images)}. Nothing of this step is saved. Look at '
            'these images and masks, or set optim_wrapper.clip_grad; then '
            '--resume. A lower learning rate needs a new training from the '
            'last checkpoint (load_from)')

    def before_save_checkpoint(self, runner: Runner,
                               checkpoint: dict) -> None:
        """Check the weights and buffers of a checkpoint.

        Raises:
            InputError: If some are not finite.
        """
        wrong = [name for name, value in checkpoint['state_dict'].items()
                 if isinstance(value, torch.Tensor)
                 and is_finite(value) is False]
        if wrong:
            raise InputError(
                f'training stopped in epoch {runner.epoch + 1}: weights or '
                f'buffers are not finite: {first_few(wrong)}. They are not '
                'saved; set optim_wrapper.clip_grad, then --resume, or train '
                'anew from the last checkpoint (load_from) at a lower rate')
