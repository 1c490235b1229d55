"""Hook that keeps the state of validations over an interruption."""
from __future__ import annotations

from typing import Any

from mmengine.hooks import EarlyStoppingHook, Hook
from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop, Runner
from mmseg.registry import HOOKS

from .curve_hook import IRSTDCurveHook

_VALIDATED = 'last_validation'
_KEY = 'validation_counters'
# Hooks that count validations but do not save their counters.
_COUNTERS: dict[type[Hook], tuple[str, ...]] = {
    EarlyStoppingHook: ('wait_count', 'best_score'),
    IRSTDCurveHook: ('_validations', ),
}


@HOOKS.register_module()
class ValidationStateHook(Hook):
    """Catch up on a validation that an interruption has cut off.

    An epoch is saved before it is validated, and mmengine resumes with the
    next epoch. A run that was killed in between would miss one score, which
    changes the best checkpoint, early stopping and schedules that watch a
    metric. This hook validates first. It also saves and restores the counters
    of EarlyStoppingHook and :class:`IRSTDCurveHook`.
    """

    # After all others, CheckpointHook in particular, are ready to train.
    priority = 'LOWEST'

    def before_val(self, runner: Runner) -> None:
        """Record the validated iteration, for the next checkpoint."""
        runner.message_hub.update_info(_VALIDATED, runner.iter)

    def before_save_checkpoint(self, runner: Runner,
                               checkpoint: dict) -> None:
        """Add the counters to a checkpoint with an optimiser."""
        if 'optimizer' in checkpoint:
            checkpoint[_KEY] = [{name: getattr(hook, name) for name in names}
                                for hook, names in _counting(runner)]

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Restore the counters, if training is resumed."""
        if not runner._resume:
            return
        for (hook, names), saved in zip(
                _counting(runner), checkpoint.get(_KEY, [])):
            if set(saved) == set(names):  # the config has not changed
                for name, value in saved.items():
                    setattr(hook, name, value)

    def before_train(self, runner: Runner) -> None:
        """Validate a resumed checkpoint that was not validated yet."""
        if not runner._resume:
            return
        if _is_due(runner):
            runner.logger.info('The resumed checkpoint was not validated yet')
            runner.val_loop.run()
        elif any(hook.wait_count >= hook.patience for hook in runner.hooks
                 if isinstance(hook, EarlyStoppingHook)):
            runner.train_loop.stop_training = True


def _counting(runner: Runner) -> list[tuple[Hook, tuple[str, ...]]]:
    """Return the hooks whose counters are saved, and their names."""
    return [(hook, names) for hook in runner.hooks
            for kind, names in _COUNTERS.items() if isinstance(hook, kind)]


def _is_due(runner: Runner) -> bool:
    """Return whether the train loop would have validated by now."""
    loop: Any = runner.train_loop
    done = runner.message_hub.get_info(_VALIDATED, -1)
    if runner.val_loop is None or done == runner.iter:
        return False
    if isinstance(loop, EpochBasedTrainLoop):
        step, last = loop.epoch, loop.max_epochs
    elif isinstance(loop, IterBasedTrainLoop):
        step, last = loop.iter, loop.max_iters
    else:
        return False
    loop._decide_current_val_interval()
    return step > 0 and step >= loop.val_begin and (
        step % loop.val_interval == 0 or step == last)
