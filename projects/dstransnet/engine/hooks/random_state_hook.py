"""Hook that keeps random states in checkpoints."""
from __future__ import annotations

import logging
import random
from typing import Any

import numpy as np
import torch
from mmengine.dist import all_gather_object, get_rank, get_world_size
from mmengine.hooks import CheckpointHook, Hook
from mmengine.logging import print_log
from mmengine.runner import Runner
from mmseg.registry import HOOKS

_KEY = 'random_states'


def random_state() -> dict[str, Any]:
    """Return the random state of this process as plain data.

    States of Python's ``random``, NumPy's legacy generator, torch on the CPU
    and, if there is one, on the current GPU.
    """
    legacy: Any = np.random.get_state()
    kind, words, *rest = legacy
    state = dict(
        python=random.getstate(),
        numpy=(kind, words.tolist(), *rest),
        torch=torch.get_rng_state())
    if torch.cuda.is_available():
        state['cuda'] = torch.cuda.get_rng_state()
    return state


def set_random_state(state: dict[str, Any]) -> None:
    """Set a :func:`random_state`; that of a GPU is ignored without one."""
    version, words, gauss = state['python']
    random.setstate((version, tuple(words), gauss))
    kind, words, *rest = state['numpy']
    np.random.set_state((kind, np.array(words, np.uint32), *rest))
    # A checkpoint that is resumed from is loaded to the GPU as a whole.
    torch.set_rng_state(state['torch'].cpu())
    if 'cuda' in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state['cuda'].cpu())


@HOOKS.register_module()
class RandomStateHook(Hook):
    """Save the random state of every process, and restore it on resuming.

    Checkpoints with an optimiser get ``random_states``, one per rank. A run
    that resumes with another number of processes, or from a checkpoint
    without states, logs a warning and uses the states of its seed.

    Data loaders get their own random generators, since a resumed run starts
    to iterate over them at other times.
    """

    # Before CheckpointHook, which is VERY_LOW.
    priority = 'LOW'

    def __init__(self) -> None:
        self._states: list[dict[str, Any]] = []
        self._gathered_at = -1
        self._to_restore: dict[str, Any] | None = None

    def after_train_epoch(self, runner: Runner) -> None:
        """Gather the states, as an epoch may be followed by a save."""
        self._gather(runner.iter)

    def after_train_iter(self,
                         runner: Runner,
                         batch_idx: int,
                         data_batch: Any = None,
                         outputs: dict | None = None) -> None:
        """Gather the states if a checkpoint is saved at this iteration."""
        if any(_saves_now(hook, runner) for hook in runner.hooks):
            self._gather(runner.iter)

    def after_val_epoch(self,
                        runner: Runner,
                        metrics: dict[str, float] | None = None) -> None:
        """Gather the states, as a new best score is followed by a save."""
        self._gather(runner.iter)

    def _gather(self, iteration: int) -> None:
        # Only the main process saves; it needs the states of the others.
        if get_world_size() > 1:
            self._states = all_gather_object(random_state())
            self._gathered_at = iteration

    def before_save_checkpoint(self, runner: Runner,
                               checkpoint: dict) -> None:
        """Add the states to a checkpoint with an optimiser."""
        if 'optimizer' not in checkpoint:
            return
        states = [random_state()]
        if self._gathered_at == runner.iter:
            states += self._states[1:]
        checkpoint[_KEY] = states

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Keep the state for the start of a resumed training."""
        if not runner._resume:
            return
        states = checkpoint.get(_KEY, [])
        if len(states) == get_world_size():
            self._to_restore = states[get_rank()]
            return
        print_log(
            f'The checkpoint has the random states of {len(states)} '
            f'processes, this run has {get_world_size()}: what is drawn '
            'outside of the samples differs from an uninterrupted run',
            'current', logging.WARNING)

    def before_train(self, runner: Runner) -> None:
        """Restore the state, from which only training draws from now on."""
        for loop in (runner.train_loop, runner.val_loop):
            loader = getattr(loop, 'dataloader', None)
            if loader is not None and loader.generator is None:
                # mmengine seeds the workers. The loader still draws a base
                # seed, and a resumed run does so another number of times.
                loader.generator = torch.Generator()
        if self._to_restore is not None:
            set_random_state(self._to_restore)
            self._to_restore = None


def _saves_now(hook: Hook, runner: Runner) -> bool:
    """Return whether a hook saves a checkpoint after this iteration."""
    return isinstance(hook, CheckpointHook) and not hook.by_epoch and (
        hook.every_n_train_iters(runner, hook.interval, hook.save_begin)
        or (hook.save_last and hook.is_last_train_iter(runner)))
