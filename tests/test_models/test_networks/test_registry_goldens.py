"""Every network against the outputs of the release that it follows."""
import json
import sys
from collections.abc import Mapping

import numpy as np
import pytest
import torch
from helpers.network_macs import network_macs

from projects.dstransnet import build_network, convert_official
from projects.dstransnet.models.networks import network_info
from projects.dstransnet.models.official_weights import rename_official
from projects.dstransnet.profiling import parameter_count

BOUNDS = dict(
    acm=2e-5,
    agpcnet=2e-5,
    alcnet=2e-5,
    dnanet=2e-5,
    istdunet=2e-5,
    lw_dstransnet_nano=5e-5,
    lw_dstransnet_small=5e-5,
    lw_dstransnet_tiny=5e-5,
    mshnet=2e-5,
    rdian=2e-5,
    repisdnet=2e-5,
    rpcanet=2e-4,
    sctransnet=2e-5,
    serankdet=2e-6,
    uiunet=2e-5,
    unet=2e-5)
"""Largest absolute difference of logits between two implementations."""

SAVED_MACS = dict(
    lw_dstransnet_nano=144_987_988 - 128_034_644,
    lw_dstransnet_small=2_236_548_816 - 1_965_295_312,
    lw_dstransnet_tiny=565_438_440 - 497_625_064,
    rdian=200 * 256**2,
    sctransnet=10_493_892_224 - 9_408_878_208,
    serankdet=143_525_040_128 - 141_901_844_480)
"""Operations that the release has and the network here does without: fixed
filters, the second term of central differences, and convolutions of
up-sampled maps that run before the up-sampling."""


@pytest.fixture(scope='module')
def golden_state(golden):
    sys.path.insert(0, str(golden))
    import golden_state
    return golden_state


@pytest.fixture(scope='module', params=BOUNDS)
def name(request):
    return request.param


@pytest.fixture(scope='module')
def listing(peers, name):
    return json.loads((peers / f'{name}.keys.json').read_text())


@pytest.fixture(scope='module')
def official(golden_state, listing):
    """The release's state dict with the golden weights."""
    fixed = listing.get('fixed', ())
    state = golden_state.golden_state(
        {key: shape for key, shape in listing['keys'].items()
         if key not in fixed})
    state = {key: torch.from_numpy(value) for key, value in state.items()}
    for key, value in listing.get('fixed_values', {}).items():
        state[key] = torch.tensor(value).view(listing['keys'][key])
    patch = listing.get('state_patch', {})
    for key, factor in patch.get('multiply', {}).items():
        state[key] *= factor
    for key, shift in patch.get('add', {}).items():
        state[key] += shift
    return state


@pytest.fixture
def network(name, listing, official):
    network = build_network(name)
    network.load_state_dict(convert_official(official, name))
    return network.double() if listing.get('dtype') == 'float64' else network


def _watch(network, name: str, path: str) -> list:
    """Return a list that takes what the module of a release's path returns.

    A last part ``_<n>`` or ``_out<n>`` stands for one of several outputs.
    """
    modules = dict(network.named_modules())
    seen: list = []
    number = None
    inner = rename_official(path + '.', network_info(name).renamed)[:-1]
    if inner not in modules:
        path, number = path.replace('_out', '_').rsplit('_', 1)
        inner = rename_official(path + '.', network_info(name).renamed)[:-1]
        inner = dict(mtc='neck').get(inner, inner)

    def keep(_, __, output):
        seen.append(output if number is None else output[int(number) - 1])

    modules[inner].register_forward_hook(keep)
    return seen


def _statistics(x: torch.Tensor) -> torch.Tensor:
    return torch.stack((x.mean(), x.std(correction=0), x.min(), x.max()))


@torch.no_grad()
def test_outputs_equal_the_release(peers, golden_state, listing, name,
                                   network):
    expected = np.load(peers / f'{name}.npz')
    shape = (1, listing['input_channels'],
             *listing.get('golden_size', (128, 128)))
    images = torch.from_numpy(golden_state.golden_input(0, shape)).to(
        next(network.parameters()))
    watched = {key: _watch(network, name, key.split('_', 1)[1])
               for key in expected if key.startswith(('feat_', 'stat_'))}
    logits, sides = network.eval()(images, sides=True)

    bound = BOUNDS[name]
    np.testing.assert_allclose(logits, expected['logits'], 0, bound)
    wanted = {key for key in expected if key.startswith('side_')}
    assert {f'side_{key}' for key in sides} == wanted
    for key, side in sides.items():
        np.testing.assert_allclose(side[..., ::4, ::4],
                                   expected[f'side_{key}'], 0, bound)
    for key, (output, *_) in watched.items():
        if key.startswith('stat_'):
            found = _statistics(output)
        else:
            width = output.shape[-1]
            step = 8 if width > 64 else 4 if width > 32 else 2
            found = output[:, ::4, ::step, ::step]
        np.testing.assert_allclose(found, expected[key], 1e-5, bound)
    assert torch.equal(network(images), logits)
    assert parameter_count(network) == listing['params_used']
    saved = SAVED_MACS.get(name, 0)
    assert network_macs(network, sides=True) == listing['macs_256'] - saved


@pytest.mark.parametrize('name', [
    pytest.param(name, marks=pytest.mark.slow)  # a quarter of all others
    if name == 'serankdet' else name for name in BOUNDS
], indirect=True, scope='module')
def test_every_parameter_has_a_gradient(listing, name, network):
    for module in network.modules():
        # Else units that the golden weights switch off would have none.
        for key, child in module.named_children():
            if isinstance(child, torch.nn.ReLU):
                setattr(module, key, torch.nn.LeakyReLU(0.1))
    images = torch.randn(2, listing['input_channels'], 128, 128).to(
        next(network.parameters()))
    logits, sides = network.train()(images, sides=True)
    sum(each.square().mean() for each in (logits, *sides.values())).backward()
    assert not [key for key, value in network.named_parameters()
                if value.grad is None or not value.grad.any()]


def test_what_has_no_place_is_told(name, official):
    with pytest.raises(KeyError, match='no place for .*another.weight'):
        convert_official(dict(official, **{'another.weight': torch.ones(1)}),
                         name)
    converted = convert_official(official, name)
    assert isinstance(converted, Mapping)
    kept = next(key for key, value in official.items()
                if any(value is each for each in converted.values()))
    with pytest.raises(KeyError, match='lacks'):
        convert_official({key: value for key, value in official.items()
                          if key != kept}, name)


def test_the_segmentors_names(name, official):
    plain = convert_official({f'model.{key}': value
                              for key, value in official.items()}, name)
    found = convert_official(dict(state_dict=official), name, segmentor=True)
    assert list(found) == [f'backbone.network.{key}' for key in plain]
