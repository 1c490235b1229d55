"""Settings in which a config differs from the checkpoint to resume."""
import copy

import pytest
import torch
from mmengine.optim import (
    CosineAnnealingLR,
    LinearLR,
    MultiStepLR,
    OptimWrapper,
    OptimWrapperDict,
    PolyLR,
    ReduceOnPlateauLR,
)

from projects.dstransnet.engine.optim import ignored_settings


def training(lr=1e-3, decay=0.1, end=10, steps=0, kinds=(LinearLR, None)):
    """An optimizer of two groups after some steps, and its schedules."""
    weights = [torch.nn.Parameter(torch.ones(2)) for _ in range(2)]
    wrapper = OptimWrapper(torch.optim.AdamW(
        [dict(params=weights[:1]), dict(params=weights[1:], lr=lr / 10)],
        lr=lr, weight_decay=decay))
    schedules = [
        CosineAnnealingLR(wrapper, T_max=end, eta_min=1e-6, end=end)
        if kind is None else kind(wrapper, end=end) for kind in kinds]
    for _ in range(steps):
        wrapper.optimizer.step()
        for schedule in schedules:
            schedule.step()
    return wrapper, schedules


def checkpoint(wrapper, schedules) -> dict:
    return copy.deepcopy(dict(
        optimizer=wrapper.state_dict(),
        param_schedulers=[each.state_dict() for each in schedules]))


def test_equal_settings_are_not_told():
    assert ignored_settings(checkpoint(*training(steps=5)), *training()) == []
    plateau = training(kinds=())
    plateau[1].append(ReduceOnPlateauLR(plateau[0], monitor='loss'))
    assert ignored_settings(checkpoint(*plateau), *plateau) == []


def test_other_rates_and_decays_are_told():
    found = ignored_settings(checkpoint(*training(steps=5)),
                             *training(lr=1e-5, decay=0.2))
    assert found == ['lr: 0.001, not 1e-05', 'weight_decay: 0.1, not 0.2',
                     'lr: 0.0001, not 1.0000000000000002e-06']


@pytest.mark.parametrize('settings, told', [
    (dict(end=20), ['LinearLR.end: 10, not 20', 'LinearLR.total_iters: 9, '
                    'not 19', 'CosineAnnealingLR.T_max: 10, not 20',
                    'CosineAnnealingLR.end: 10, not 20']),
    (dict(kinds=(LinearLR, )), ['schedules: 2, not 1']),
    (dict(kinds=(LinearLR, PolyLR)), [
        'schedule PolyLR: another, not this one']),
    (dict(kinds=()), ['schedules: 2, not 0']),
])
def test_other_schedules_are_told(settings, told):
    assert ignored_settings(
        checkpoint(*training(steps=5)), *training(**settings)) == told


def test_what_cannot_be_compared_is_not():
    several = OptimWrapperDict(a=training()[0])
    assert ignored_settings({}, several, []) == []
    wrapper, _ = training(kinds=())
    steps = MultiStepLR(wrapper, milestones=[1, 2])
    assert ignored_settings({}, wrapper, []) == []
    assert ignored_settings({}, wrapper, [steps]) == ['schedules: 0, not 1']
