"""Settings of the optimizer that a resumed training takes from its config."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmengine.optim import _ParamScheduler
from torch.optim import Optimizer

_FOLLOWED = ('lr', 'weight_decay')
# Of a schedule's state, what its steps change.
_PROGRESS = {'base_values', 'best', 'cooldown_counter', 'last_step',
             'num_bad_epochs', 'verbose'}


class StatedSettings:
    """What a config states, kept while a checkpoint is loaded.

    A checkpoint brings the learning rate, the weight decay and the schedules
    of the training that wrote it. Without this, the config of the training
    that resumes would have no say in them.

    Args:
        optimizer (Optimizer): The optimizer, before it is loaded.
        schedulers (Sequence[_ParamScheduler]): Its schedules.
    """

    def __init__(self, optimizer: Optimizer,
                 schedulers: Sequence[_ParamScheduler]) -> None:
        self.optimizer = optimizer
        self.schedulers = schedulers
        self.groups = [{name: _base(group, name) for name in _FOLLOWED
                        if name in group} for group in optimizer.param_groups]
        self.schedules = [dict(each.state_dict()) for each in schedulers]

    def restore(self) -> list[str]:
        """Set learning rates and weight decays to what the config states.

        A scheduled value changes by the factor between the config's base
        value and the checkpoint's, wherever the schedule is. If nothing
        differs, nothing changes.

        Returns:
            list[str]: Each change, such as ``'lr: 0.001 -> 0.0001'``.
        """
        found: dict[str, None] = {}
        for number, (group, stated) in enumerate(
                zip(self.optimizer.param_groups, self.groups)):
            for name, value in stated.items():
                old = _base(group, name)
                if old == value:
                    continue
                found[f'{name}: {old:g} -> {value:g}'] = None
                if f'initial_{name}' not in group or not old:
                    group[name] = value
                else:  # wherever its schedule is
                    group[name] *= value / old
                if f'initial_{name}' in group:
                    group[f'initial_{name}'] = value
                for scheduler in self.schedulers:
                    if scheduler.param_name == name:
                        scheduler.base_values[number] = value
                        scheduler._last_value[number] = group[name]
        return list(found)

    def ignored(self) -> list[str]:
        """Return the settings of schedules that the checkpoint has replaced.

        A schedule that has begun cannot follow other settings, as each of its
        steps starts from the value before.
        """
        return [
            f'{type(scheduler).__name__}: {name} stays {after[name]}, not '
            f'{value}'
            for scheduler, before in zip(self.schedulers, self.schedules)
            for after in [scheduler.state_dict()]
            for name, value in before.items()
            if name not in _PROGRESS and not name.startswith('_')
            and after.get(name, value) != value]


def _base(group: dict[str, Any], name: str) -> float:
    """Return a value of a parameter group before its schedules."""
    return group.get(f'initial_{name}', group[name])
