"""Hook that ends a training after a time."""
from __future__ import annotations

import time

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS

_KEY = 'trained_seconds'


@HOOKS.register_module()
class TimeLimitHook(Hook):
    """End the training after the epoch in which its time is over.

    The time is that of a clock, validations included. A resumed training
    goes on counting from the time of its checkpoint.

    Args:
        minutes (float): The time.
    """

    def __init__(self, minutes: float) -> None:
        self.seconds = 60 * minutes

    def before_train(self, runner: Runner) -> None:
        """Start the clock."""
        self._start = time.monotonic() - runner.message_hub.get_info(_KEY, 0.)
        self._end_if_over(runner)

    def after_train_epoch(self, runner: Runner) -> None:
        """Record the time, for the checkpoint, and end the training."""
        self._end_if_over(runner)

    def _end_if_over(self, runner: Runner) -> None:
        passed = time.monotonic() - self._start
        runner.message_hub.update_info(_KEY, passed)
        if passed >= self.seconds:
            runner.train_loop.stop_training = True
