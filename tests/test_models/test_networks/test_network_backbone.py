import pytest
import torch
from helpers.small_networks import (
    assert_equal_up_to_rounding,
    needs_openvino,
    network_segmentor,
    randomize,
)

from projects.dstransnet import deploy, list_networks
from projects.dstransnet.models.networks import NetworkBackbone

NAMES = [info.name for info in list_networks()
         if not info.name.startswith('dstransnet')]
LARGE = {'serankdet', 'uiunet', 'unet', 'agpcnet', 'sctransnet'}
# OpenVINO compiles the others in 5 to 40 seconds each.
QUICK_TO_COMPILE = {'acm', 'repisdnet'}
# Rounding of 1e-6 may exchange the K-th largest value of a channel for the
# next one, at another place; then later maps differ by up to 1e-2.
BOUNDS = {'serankdet': 1e-2}


def drawn_images() -> torch.Tensor:
    return torch.randn(
        1, 3, 96, 128, generator=torch.Generator().manual_seed(0))


def but_slow(slow: set[str]) -> list:
    """Return all names, those of ``slow`` marked so."""
    return [pytest.param(name, marks=pytest.mark.slow if name in slow else ())
            for name in NAMES]


@torch.no_grad()
def test_one_channel_is_the_middle_one():
    backbone = NetworkBackbone('acm').eval()
    images = torch.randn(1, 3, 32, 32)
    assert torch.equal(
        backbone(images)['out'], backbone.network(images[:, 1:2]))


@pytest.mark.parametrize('name', but_slow(LARGE))
@torch.no_grad()
def test_deployed_logits_differ_by_rounding(name):
    model = randomize(network_segmentor(name))
    images = drawn_images()
    plain = model(images, mode='tensor')
    assert_equal_up_to_rounding(
        deploy(model, runtime='torch')(images, mode='tensor'), plain,
        BOUNDS.get(name, 1e-5))


@needs_openvino
@pytest.mark.parametrize('name', but_slow({*NAMES} - QUICK_TO_COMPILE))
@torch.no_grad()
def test_openvino_computes_the_same_logits(name):
    model = randomize(network_segmentor(name))
    images = drawn_images()
    plain = model(images, mode='tensor')
    assert_equal_up_to_rounding(
        deploy(model, runtime='openvino')(images, mode='tensor'), plain,
        BOUNDS.get(name, 1e-4))
