import pytest
import torch
from helpers.tiny_project import ROOT
from mmengine.config import Config
from torch import nn

from projects.dstransnet.models.layers import ModulatedDeformConv2d
from projects.dstransnet.profiling import cost_model, count_macs
from projects.dstransnet.profiling.cost_model import (
    BUCKET_BYTES,
    macs_by_size,
    ring_bytes,
    step_seconds,
)

GRADIENTS = 18_825_924 * 4


class Network(nn.Module):
    """What a segmentor's tensor mode looks like."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, images, samples, mode):
        assert samples is None and mode == 'tensor' and not self.training
        return self.layer(images)


def test_convolution():
    network = Network(nn.Conv2d(3, 8, 3, padding=1))
    assert count_macs(network, torch.zeros(2, 3, 10, 12)) \
        == 2 * 8 * 3 * 9 * 120


@pytest.mark.parametrize('impl', ['torch', 'strips'])
def test_deformable_convolution_is_the_product_it_ends_in(impl):
    layer = ModulatedDeformConv2d(3, 8, 5, impl=impl)
    pixels, points = 10 * 12, 25
    offsets = 3 * points * 3 * points * pixels
    product = points * 3 * 8 * pixels
    assert count_macs(Network(layer), torch.zeros(1, 3, 10, 12)) \
        == offsets + product


def test_full_network_is_near_the_release():
    """22.0 GMACs, of which 3.1 in the deformable convolutions.

    The release has more: fixed wavelet filters and up-sampled maps are
    convolved, and every central difference is two convolutions. Layers here
    come to the same with sums or fewer products.
    """
    cfg = Config.fromfile(ROOT / 'configs/_base_/models/dstransnet.py')
    found = macs_by_size(cfg, [(256, 256), (128, 256)])
    assert 0.93 * 22.0 < found[256, 256] / 1e9 <= 22.0
    assert found[128, 256] == pytest.approx(found[256, 256] / 2, rel=1e-3)


def test_network_that_needs_values(config, monkeypatch):
    monkeypatch.setattr(cost_model, 'build_segmentor', lambda cfg: Network(
        nn.Sequential(nn.Flatten(), LooksAtValues())))
    assert macs_by_size(Config.fromfile(config), [(32, 32)]) == {
        (32, 32): None}


class LooksAtValues(nn.Module):

    def forward(self, x):
        return x[x > x.mean()]


def simulated_ring(size: int, processes: int) -> int:
    """Count what one process sends, step by step."""
    part, sent = size / processes, 0
    for _ in range(processes - 1):  # sums travel
        sent += part
    for _ in range(processes - 1):  # results travel
        sent += part
    return sent


@pytest.mark.parametrize('processes', [1, 2, 8, 64])
def test_bytes_of_a_ring(processes):
    assert ring_bytes(GRADIENTS, processes) == pytest.approx(
        simulated_ring(GRADIENTS, processes))


def test_one_process_waits_for_nobody():
    assert step_seconds(0.5, GRADIENTS, 1, 1e9) == 0.5


def test_the_last_bucket_is_waited_for():
    sums = ring_bytes(GRADIENTS, 8) / 12.5e9
    expected = 1 + sums * BUCKET_BYTES / GRADIENTS
    assert step_seconds(1, GRADIENTS, 8, 12.5e9) == pytest.approx(expected)


def test_slow_links_are_waited_for_beyond_the_backward_pass():
    sums = ring_bytes(GRADIENTS, 8) / 1e6
    assert step_seconds(0.3, GRADIENTS, 8, 1e6) == pytest.approx(
        0.3 + sums - 0.2)


def test_small_networks_have_one_bucket_that_nothing_hides():
    assert step_seconds(1, 1e6, 2, 1e6) == pytest.approx(2)


def test_each_message_has_its_latency():
    slow = step_seconds(1, GRADIENTS, 8, 1e12, latency=1e-2)
    messages = 3 * 14  # buckets of 25 MiB, steps of the ring
    sums = ring_bytes(GRADIENTS, 8) / 1e12 + messages * 1e-2
    assert slow == pytest.approx(
        1 + max(sums * BUCKET_BYTES / GRADIENTS, sums - 2 / 3))
