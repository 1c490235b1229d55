from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config
from mmengine.logging import MMLogger
from torch import nn

from projects.dstransnet.engine.hooks import TargetPriorHook
from projects.dstransnet.models.networks import build_network
from projects.dstransnet.utils.errors import InputError


def fake_runner(model, iteration=0, **settings):
    return SimpleNamespace(
        model=model, iter=iteration, cfg=Config(settings),
        logger=MMLogger.get_current_instance())


def small_model():
    return nn.ModuleDict(dict(
        head=nn.Sequential(nn.Conv2d(3, 3, 1), nn.Conv2d(3, 1, 1)),
        side_convs=nn.ModuleList([nn.Conv2d(3, 2, 1)]),
        gate=nn.Conv2d(3, 1, 1), fuse_conv=nn.Conv2d(3, 1, 1, bias=False)))


def test_outputs_start_at_the_probability():
    model = small_model()
    kept = model['gate'].bias.clone(), model['head'][0].bias.clone()
    TargetPriorHook(0.1).before_train(fake_runner(model))
    assert model['head'][1].bias.sigmoid().item() == pytest.approx(0.1)
    assert model['side_convs'][0].bias.softmax(0)[1].item() == pytest.approx(
        0.1)
    assert torch.equal(model['gate'].bias, kept[0])
    assert torch.equal(model['head'][0].bias, kept[1])


@pytest.mark.parametrize('runner', [
    dict(iteration=1), dict(load_from='weights.pth')])
def test_trained_weights_stay(runner):
    model = small_model()
    before = model['head'][1].bias.clone()
    TargetPriorHook().before_train(fake_runner(model, **runner))
    assert torch.equal(model['head'][1].bias, before)


@pytest.mark.parametrize('probability', [0, 1, -0.1, float('nan')])
def test_probability_outside_its_range(probability):
    with pytest.raises(InputError, match='probability: expected a number be'):
        TargetPriorHook(probability)


def outputs(logits):
    return list(logits.values()) if isinstance(logits, dict) else [logits]


@pytest.mark.parametrize('name', ['acm', 'alcnet', 'rdian', 'dnanet',
                                  'lw_dstransnet_nano', 'repisdnet'])
def test_biases_found_are_those_of_the_outputs(name):
    """Another bias shifts every logit by as much."""
    model = build_network(name).eval()
    image = torch.zeros(1, model.in_channels, 32, 32)
    with torch.no_grad():
        for prior in (0.5, 0.018):
            hook = TargetPriorHook(prior)
            assert hook.set_biases(model)
            logits = model(image)
            if logits.shape[1] == 2:
                logits = logits[:, 1:] - logits[:, :1]
            if prior == 0.5:
                before = logits
    torch.testing.assert_close(
        logits, before + hook.logit, rtol=0, atol=1e-4)
