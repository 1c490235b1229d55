import copy

import pytest
import torch
from mmengine.config import Config
from mmengine.model import BaseModel
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from torch import nn

from projects.dstransnet.utils import dtypes

pytestmark = pytest.mark.usefixtures('cpu_bfloat16')


class _Fit(BaseModel):
    """Fits a line; remembers the type of what it computed."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 1)
        self.dtypes = set()

    def forward(self, inputs, data_samples=None, mode='loss'):
        out = self.linear(inputs)
        self.dtypes.add(out.dtype)
        return dict(loss=(out.float() - 1).square().mean())


def _settings(kind, **more):
    return Config(dict(wrapper=dict(
        type=kind,
        optimizer=dict(type='Adam', lr=1e-2, fused=True),
        **more))).wrapper


def _trained(kind, state=None, model=None, **more):
    init_default_scope('mmseg')
    torch.manual_seed(3)
    model = model or _Fit()
    wrapper = build_optim_wrapper(model, _settings(kind, **more))
    if state is not None:
        wrapper.load_state_dict(copy.deepcopy(state))
    inputs = torch.randn(16, 4)
    losses = [
        model.train_step(dict(inputs=inputs), wrapper)['loss'].item()
        for _ in range(20)
    ]
    return model, wrapper, losses


def test_products_are_rounded_weights_and_gradients_are_not():
    model, wrapper, losses = _trained('AutocastOptimWrapper')
    plain, _, expected = _trained('OptimWrapper')
    assert model.dtypes == {torch.bfloat16}
    assert plain.dtypes == {torch.float32}
    values = [*model.parameters()]
    values += [value for state in wrapper.optimizer.state.values()
               for value in state.values()]
    assert {value.dtype for value in values} == {torch.float32}
    assert losses != expected
    assert losses == pytest.approx(expected, rel=0.02)


def test_float32_where_the_cpu_has_no_bfloat16(monkeypatch):
    monkeypatch.setattr(dtypes, '_cpu_has_bfloat16', lambda: False)
    model, _, losses = _trained('AutocastOptimWrapper')
    assert model.dtypes == {torch.float32}
    assert losses == _trained('OptimWrapper')[2]


def test_precision_ends_with_the_step():
    _trained('AutocastOptimWrapper')
    assert not torch.is_autocast_enabled('cpu')


def test_accumulation_and_clipping_are_the_frameworks():
    model, wrapper, losses = _trained(
        'AutocastOptimWrapper', accumulative_counts=5,
        clip_grad=dict(max_norm=1e-9))
    (state, *_) = wrapper.optimizer.state.values()
    assert state['step'] == 4
    assert max(state['exp_avg'].abs().flatten()) < 1e-8


@pytest.mark.parametrize('first', ['AutocastOptimWrapper', 'OptimWrapper'])
def test_runs_continue_in_either_precision(first):
    model, wrapper, losses = _trained(first)
    for kind in ('AutocastOptimWrapper', 'OptimWrapper'):
        resumed = _Fit()
        resumed.load_state_dict(model.state_dict())
        _, other, further = _trained(
            kind, wrapper.state_dict(), resumed)
        assert further[0] < losses[0]
        (state, *_) = other.optimizer.state.values()
        assert state['step'] == 40


def test_the_state_of_a_scaled_loss_is_passed_over():
    model, wrapper, _ = _trained('OptimWrapper')
    state = dict(wrapper.state_dict(), loss_scaler=dict(scale=65536.0))
    _, other, _ = _trained('AutocastOptimWrapper', state)
    assert 'loss_scaler' not in other.state_dict()
