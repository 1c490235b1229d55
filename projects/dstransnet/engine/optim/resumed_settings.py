"""Optimizer settings of a config that differ from the checkpoint's."""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mmengine.optim import OptimWrapper, OptimWrapperDict

# Of a schedule's state, what its steps change.
_PROGRESS = {'base_values', 'best', 'cooldown_counter', 'last_step',
             'num_bad_epochs', 'verbose'}


def ignored_settings(checkpoint: Mapping[str, Any], wrapper: OptimWrapper,
                     schedules: Sequence[Any]) -> list[str]:
    """Return what a config states otherwise than the checkpoint to resume.

    MMEngine and PyTorch take learning rates, weight decays and schedules from
    the checkpoint, without a word about the config's. Several optimizers
    (``OptimWrapperDict``) are not compared.

    Args:
        checkpoint (Mapping): Checkpoint of a training run.
        wrapper (OptimWrapper): The optimizer of the config, before it is
            loaded.
        schedules (Sequence): Its parameter schedulers.

    Returns:
        list[str]: Each difference, such as ``'lr: 0.001, not 0.0001'``, the
        checkpoint's value first.
    """
    if isinstance(wrapper, OptimWrapperDict):
        return []
    found = []
    for saved, own in zip(checkpoint.get('optimizer', {}).get(
            'param_groups', ()), wrapper.optimizer.param_groups):
        for name in ('lr', 'weight_decay'):
            if name in saved and name in own:
                found.append((name, _base(saved, name), _base(own, name)))
    states = checkpoint.get('param_schedulers', [])
    if isinstance(states, Sequence):
        found.append(('schedules', len(states), len(schedules)))
        for state, schedule in zip(states, schedules):
            found += _differences(
                state, schedule.state_dict(), type(schedule).__name__)
    return list(dict.fromkeys(
        f'{name}: {old}, not {new}' for name, old, new in found if old != new))


def _base(group: Mapping[str, Any], name: str) -> float:
    """Return a value of a parameter group before its schedules."""
    return group.get(f'initial_{name}', group[name])


def _differences(state: Mapping[str, Any], own: Mapping[str, Any],
                 kind: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield the settings of a schedule in which a checkpoint's differs."""
    names, others = (
        {name for name in each if name not in _PROGRESS and name[0] != '_'}
        for each in (state, own))
    if names != others:
        yield f'schedule {kind}', 'another', 'this one'
        return
    for name in sorted(names):
        yield f'{kind}.{name}', state[name], own[name]
