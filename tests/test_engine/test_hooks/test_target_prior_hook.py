import copy
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


def fused_model(channels=1, kernel=1):
    return nn.ModuleDict(dict(
        head=nn.Conv2d(4, channels, 1),
        side_convs=nn.ModuleList(
            [nn.Conv2d(8, channels, 1), nn.Conv2d(9, channels, 1)]),
        fuse_conv=nn.Conv2d(
            3 * channels, channels, kernel, padding=kernel // 2)))


@pytest.mark.parametrize('channels', [1, 2])
@pytest.mark.parametrize('kernel', [1, 3])
def test_fused_outputs_start_as_their_mean(channels, kernel):
    model = fused_model(channels, kernel)
    assert 'fuse_conv' in TargetPriorHook().start_outputs(model)
    maps = torch.randn(3, 2, channels, 5, 5)
    torch.testing.assert_close(
        model['fuse_conv'](torch.cat(tuple(maps), dim=1)), maps.mean(0))


def test_outputs_of_another_head_are_no_inputs():
    """Also where its name begins alike."""
    model = nn.ModuleDict(dict(
        decode_head=fused_model(),
        decode_head2=nn.ModuleDict(dict(head=nn.Conv2d(4, 1, 1)))))
    TargetPriorHook().start_outputs(model)
    weight = model['decode_head']['fuse_conv'].weight
    torch.testing.assert_close(weight, torch.full_like(weight, 1 / 3))


def test_a_convolution_of_features_keeps_its_weights():
    """One of the name of a fused output, as in other networks."""
    model = nn.ModuleDict(dict(
        heads=nn.ModuleList([nn.Conv2d(4, 1, 1)]), final=nn.Conv2d(4, 1, 1)))
    before = model['final'].weight.clone()
    TargetPriorHook(0.1).start_outputs(model)
    assert torch.equal(model['final'].weight, before)
    assert model['final'].bias.sigmoid().item() == pytest.approx(0.1)


@pytest.mark.parametrize('runner', [
    dict(iteration=1), dict(load_from='weights.pth')])
def test_trained_weights_stay(runner):
    model = fused_model()
    before = copy.deepcopy(model.state_dict())
    TargetPriorHook().before_train(fake_runner(model, **runner))
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name]), name


@pytest.mark.parametrize('settings', [
    dict(type='Pretrained', checkpoint='weights.pth'),
    [dict(type='Normal'), dict(type='Pretrained', checkpoint='w.pth')]])
def test_pretrained_modules_stay(settings):
    model = nn.ModuleDict(dict(old=fused_model(), new=fused_model()))
    model['old'].init_cfg = settings
    names = TargetPriorHook().start_outputs(model)
    assert names and all(name.startswith('new.') for name in names)
    model.init_cfg = settings
    assert TargetPriorHook().start_outputs(model) == []


@pytest.mark.parametrize('probability', [0, 1, -0.1, float('nan')])
def test_probability_outside_its_range(probability):
    with pytest.raises(InputError, match='probability: expected a number be'):
        TargetPriorHook(probability)


@pytest.mark.parametrize('name', [
    'acm', 'alcnet', 'rdian', 'dnanet', 'mshnet', 'sctransnet', 'uiunet',
    'lw_dstransnet_nano', 'repisdnet'])
def test_every_output_shifts_by_the_logit(name):
    """Fused outputs and side outputs too, beyond the border's padding."""
    model = build_network(name).eval()
    image = torch.zeros(1, model.in_channels, 64, 64)

    def outputs():
        logits, sides = model(image, sides=True)
        return [each[:, -1:] - each[:, :1] * (each.shape[1] - 1)
                for each in (logits, *sides.values())]

    hook = TargetPriorHook()
    with torch.no_grad():
        assert TargetPriorHook(0.5).start_outputs(model)
        before = outputs()
        hook.start_outputs(model)
        for old, new in zip(before, outputs()):
            margin = 1 if old.shape[-1] > 4 else 0
            inner = (..., *[slice(margin, old.shape[-1] - margin)] * 2)
            torch.testing.assert_close(
                new[inner], old[inner] + hook.logit, rtol=0, atol=1e-3)
