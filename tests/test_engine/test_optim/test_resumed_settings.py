"""What a resumed training takes from its config."""
import copy

import pytest
import torch
from mmengine.optim import CosineAnnealingLR, LinearLR, MultiStepLR

from projects.dstransnet.engine.optim import StatedSettings


def training(lr: float, decay: float = 0.1, end: int = 10, steps: int = 0):
    """An optimizer of two groups after some steps, and its schedules."""
    weights = [torch.nn.Parameter(torch.ones(2)) for _ in range(2)]
    optimizer = torch.optim.AdamW(
        [dict(params=weights[:1]), dict(params=weights[1:], lr=lr / 10)],
        lr=lr, weight_decay=decay)
    schedulers = [LinearLR(optimizer, start_factor=0.5, end=2),
                  CosineAnnealingLR(optimizer, T_max=end, eta_min=0., begin=2,
                                    end=end)]
    for _ in range(steps):
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step()
    return optimizer, schedulers


def resumed(before, after):
    """Load the state of a training into another, whose settings are kept."""
    stated = StatedSettings(*after)
    after[0].load_state_dict(copy.deepcopy(before[0].state_dict()))
    for old, new in zip(before[1], after[1]):
        new.load_state_dict(copy.deepcopy(old.state_dict()))
    return stated


def rates(optimizer) -> list[float]:
    return [group['lr'] for group in optimizer.param_groups]


@pytest.mark.parametrize('steps', [1, 5])
def test_another_rate_and_decay_count_from_here_on(steps):
    before, after = training(1e-3, steps=steps), training(1e-5, decay=0.2)
    stated = resumed(before, after)
    assert rates(after[0]) == rates(before[0])
    assert stated.restore() == [
        'lr: 0.001 -> 1e-05', 'weight_decay: 0.1 -> 0.2',
        'lr: 0.0001 -> 1e-06']
    assert stated.ignored() == []
    # As if it had been so from the start, at every later step.
    alone = training(1e-5, decay=0.2, steps=steps)
    for _ in range(4):
        assert rates(after[0]) == pytest.approx(rates(alone[0]), rel=1e-12)
        for optimizer, schedulers in (after, alone):
            optimizer.step()
            for scheduler in schedulers:
                scheduler.step()
    assert [group['weight_decay'] for group in after[0].param_groups] == [
        0.2, 0.2]


def test_equal_settings_change_no_bit():
    before, after = training(1e-3, steps=5), training(1e-3)
    stated = resumed(before, after)
    expected = copy.deepcopy(after[0].state_dict())
    assert stated.restore() == stated.ignored() == []
    assert after[0].state_dict() == expected


def test_another_schedule_is_told():
    stated = resumed(training(1e-3, steps=5), training(1e-3, end=20))
    assert stated.ignored() == [
        'CosineAnnealingLR: T_max stays 10, not 20',
        'CosineAnnealingLR: end stays 10, not 20']
    assert stated.restore() == []


def test_rates_from_zero_and_without_schedules():
    before, after = (torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr)
                     for lr in (0., 0.5))
    stated = StatedSettings(after, [])
    after.load_state_dict(before.state_dict())
    assert stated.restore() == ['lr: 0 -> 0.5'] and rates(after) == [0.5]
    steps = MultiStepLR(after, milestones=[1, 2])
    assert StatedSettings(after, [steps]).ignored() == []
