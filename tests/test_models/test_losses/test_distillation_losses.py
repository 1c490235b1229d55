"""The losses of LW-DSTransNet beside values of the release."""
import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmseg.registry import MODELS

from projects.dstransnet.models.losses.distillation_losses import (
    binary_divergence,
    region_affinity,
    target_regions,
)

SHARED = Path(os.environ.get('DSTRANSNET_SHARED', '/nowhere'))
GOLDEN = SHARED / 'peers/losses.json'
needs_golden = pytest.mark.skipif(not GOLDEN.is_file(), reason='no golden')


def normal(seed, *shape):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape))


@pytest.fixture
def expected():
    return json.loads(GOLDEN.read_text())['distillation']


@pytest.fixture
def label():
    """Two images of 16 x 16 pixels with a target of 3 x 3."""
    label = torch.zeros(2, 16, 16, dtype=torch.long)
    label[0, 3:6, 5:8] = 1
    label[1, 7:10, 8:11] = 1
    return label


@pytest.fixture
def logits(label):
    """Two channels of logits of a student and of a teacher."""
    student, teacher = 2 * normal(0, 2, 2, 16, 16), 2 * normal(1, 2, 2, 16, 16)
    teacher[:, 1] += 6 * label - 3
    return student, teacher


def build(kind, number=1, **settings):
    return MODELS.build(dict(
        type=kind, pairs=[('a', 'b')] * number, **settings)).double()


@needs_golden
def test_published_divergence(expected, label, logits):
    loss = build('TOMDLoss', loss_weight=1)
    value = loss([logits], label).item()
    assert value == pytest.approx(expected['tomd'], rel=1e-6)
    one = [(student[:, 1:] - student[:, :1]) for student in logits]
    assert loss([one], label).item() == pytest.approx(value, rel=1e-12)


@needs_golden
def test_published_affinities(expected, label):
    loss, maps = build('SLCDLoss', 3), []
    for j, level in enumerate(expected['slcd_levels']):
        size = level['size']
        regions = target_regions(label, (size, size))
        assert regions.sum((2, 3)).tolist() == level['region_counts']
        maps.append((normal(20 + j, 2, level['student_channels'], size, size),
                     normal(30 + j, 2, level['teacher_channels'], size, size)))
        value = build('SLCDLoss')(maps[-1:], label).item()
        assert value == pytest.approx(level['value'], rel=1e-6)
    assert loss(maps, label).item() == pytest.approx(
        expected['slcd_sum'], rel=1e-6)


@needs_golden
def test_published_difference_of_features_and_total(expected, label, logits):
    loss = build('PMIFDLoss', 3)
    loss.build_adapters([(8, 32)] * 3)
    for adapter in loss.double().adapters:
        adapter.weight.data[..., 0, 0] = normal(4, 32, 8) / 8**.5
        adapter.bias.data[:] = 0.1 * normal(5, 32)
    maps = normal(2, 2, 8, 8, 8), normal(3, 2, 32, 8, 8)
    features = loss([maps] * 3, label)
    assert features.item() == pytest.approx(
        3 * 0.005 * expected['pmifd_one_stage'], rel=1e-6)

    student = logits[0]
    entropy = sum(
        MODELS.build(dict(type='BinaryCrossEntropyLoss'))(
            student * (0.5 + 0.1 * j), label) for j in range(6))
    assert entropy.item() == pytest.approx(expected['hard_ce_sum'], rel=1e-6)
    dice = MODELS.build(dict(
        type='BinaryDiceLoss', pooled=True, loss_weight=0.02))
    total = (entropy + dice(student, label) + features
             + build('TOMDLoss')([logits], label) + expected['slcd_sum'])
    assert total.item() == pytest.approx(expected['total_epoch0'], rel=1e-6)


def test_divergence_is_that_of_two_classes():
    student, teacher = normal(0, 7), normal(1, 7)
    both = [torch.stack((torch.zeros(7), z / 3)).log_softmax(0)
            for z in (student, teacher)]
    torch.testing.assert_close(
        binary_divergence(student, teacher, 3.),
        F.kl_div(*both, reduction='none', log_target=True).sum(0))


def test_ignored_pixels_are_in_no_region(label):
    label[0, 4, 6] = label[1, 0, 0] = 255
    regions = target_regions(label, (16, 16))
    counted = regions.sum(1)
    assert counted[0, 4, 6] == counted[1, 0, 0] == 0
    assert counted.sum() == 2 * 256 - 2


def test_affinities_are_cosines_of_means(label):
    features = normal(0, 2, 5, 16, 16)
    regions = target_regions(label, (16, 16)).double()
    means = np.array([[[features[n, c][regions[n, r] == 1].mean()
                        for c in range(5)] for r in range(3)]
                      for n in range(2)])
    means /= np.linalg.norm(means, axis=2, keepdims=True)
    np.testing.assert_allclose(region_affinity(features, regions),
                               means @ means.transpose(0, 2, 1), atol=1e-6)


def test_maps_of_another_size(label, logits):
    half = [F.avg_pool2d(each, 2) for each in logits]
    assert build('TOMDLoss')([half], label).isfinite()
    loss = build('PMIFDLoss')
    loss.build_adapters([(2, 2)])
    value = loss.double()([(half[0], logits[1])], label)
    assert value.isfinite() and value > 0


def test_zero_has_gradients_for_the_adapters(label):
    loss = build('PMIFDLoss')
    loss.build_adapters([(2, 3)])
    loss.zero(label).backward()
    assert loss.adapters[0].weight.grad.count_nonzero() == 0
    assert not build('SLCDLoss').zero(label)


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_affinities_under_autocast_are_those_of_float32(dtype):
    """A sum over all positions would be beyond float16."""
    features = 3 * normal(0, 1, 4, 256, 256).abs().float()
    maps = [(features, features.flip(1))]
    mask = torch.zeros(1, 256, 256, dtype=torch.long)
    mask[:, 100:110, 50:60] = 1
    loss = build('SLCDLoss')
    expected = loss(maps, mask)
    with torch.autocast('cpu', dtype):
        assert torch.equal(loss(maps, mask), expected)
    assert expected.isfinite()
