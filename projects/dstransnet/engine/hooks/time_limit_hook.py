"""Hook that ends a training after a time."""
from __future__ import annotations

import time

from mmengine.dist import broadcast_object_list
from mmengine.hooks import Hook
from mmengine.runner import EpochBasedTrainLoop, Runner
from mmseg.registry import HOOKS

from ...utils.errors import InputError

_KEY = 'trained_seconds'


@HOOKS.register_module()
class TimeLimitHook(Hook):
    """End the training after the epoch in which its time is over.

    That epoch is the last one, so it is saved and validated like the last one
    of a whole training. The time is that of a clock of the main process,
    validations included. A resumed training goes on counting from the time of
    its checkpoint.

    Args:
        minutes (float): The time.
    """

    def __init__(self, minutes: float) -> None:
        self.seconds = 60 * minutes

    def before_train(self, runner: Runner) -> None:
        """Start the clock.

        Raises:
            InputError: If the training is not one of epochs.
        """
        if not isinstance(runner.train_loop, EpochBasedTrainLoop):
            raise InputError('TimeLimitHook: expected an EpochBasedTrainLoop, '
                             f'got {type(runner.train_loop).__name__}')
        self._start = time.monotonic() - runner.message_hub.get_info(_KEY, 0.)
        if self._is_over(runner):
            self._end_after(runner, runner.epoch)

    def after_train_epoch(self, runner: Runner) -> None:
        """Record the time, for the checkpoint, and end the training."""
        if self._is_over(runner):
            self._end_after(runner, runner.epoch + 1)

    def _end_after(self, runner: Runner, epochs: int) -> None:
        # Not stop_training, which leaves the last epoch unsaved.
        loop = runner.train_loop
        loop._max_epochs = epochs
        loop._max_iters = epochs * len(loop.dataloader)

    def _is_over(self, runner: Runner) -> bool:
        passed = [time.monotonic() - self._start]
        broadcast_object_list(passed)  # processes have to end together
        runner.message_hub.update_info(_KEY, passed[0])
        return passed[0] >= self.seconds
