"""The losses beside published values and slow references."""
import json
import math
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.logging import MessageHub
from mmseg.registry import MODELS

SHARED = Path(os.environ.get('DSTRANSNET_SHARED', '/nowhere'))
GOLDEN = SHARED / 'peers/losses.json'
needs_golden = pytest.mark.skipif(not GOLDEN.is_file(), reason='no golden')
LOSSES = ('BinaryCrossEntropyLoss', 'BinaryFocalLoss', 'BinaryDiceLoss',
          'SoftIoULoss', 'SLSLoss')
PAIRS = dict(A=(0, (2, 16, 16), 1), B=(1, (1, 12, 20), 2), C=(2, (3, 8, 8), 1))


@pytest.fixture(autouse=True)
def epoch():
    """Set the epoch of the runner; 0 again after the test."""
    hub = MessageHub.get_current_instance()
    yield lambda number: hub.update_info('epoch', number)
    hub.update_info('epoch', 0)


def pair(name):
    """Return logits (N, 1, H, W) and labels (N, H, W), blobs and squares."""
    number, (n, height, width), half = PAIRS[name]
    y, x = np.mgrid[:height, :width].astype(float)
    logits, labels = [], []
    for i in range(n):
        cy = (3 + 4 * i + number) % (height - 2) + 1
        cx = (5 + 3 * i + 2 * number) % (width - 2) + 1
        blob = np.exp(-((y - cy - 0.6)**2 + (x - cx + 0.4)**2) / 6)
        logits.append(0.8 * np.cos(0.7 * y + 0.3 * x + i) - 3 + 7 * blob)
        labels.append((abs(y - cy) <= half) & (abs(x - cx) <= half))
    if name == 'C':
        labels[-1][:] = False
    return (torch.from_numpy(np.stack(logits))[:, None],
            torch.from_numpy(np.stack(labels)).long())


def build(kind, **settings):
    return MODELS.build(dict(type=kind, **settings))


@needs_golden
@pytest.mark.parametrize('name', PAIRS)
@pytest.mark.parametrize('key, kind, settings, number', [
    ('bce_logits', 'BinaryCrossEntropyLoss', {}, 0),
    ('focal_standard', 'BinaryFocalLoss', {}, 0),
    ('soft_iou_per_image', 'SoftIoULoss', {}, 0),
    ('soft_iou_pooled', 'SoftIoULoss', dict(pooled=True), 0),
    ('sls_warmup_epoch5_of_5', 'SLSLoss', {}, 5),
    ('sls_after_epoch6_shape', 'SLSLoss', {}, 6),
    ('sls_after_epoch6_noshape', 'SLSLoss', dict(with_location=False), 6),
])
def test_published_values(name, key, kind, settings, number, epoch):
    epoch(number)
    expected = json.loads(GOLDEN.read_text())['pairs'][name]
    logits, label = pair(name)
    assert logits.sum().item() == pytest.approx(expected['logit_sum'])
    assert label.sum().item() == expected['target_sum']
    value = build(kind, **settings)(logits, label).item()
    assert value == pytest.approx(expected[key], rel=1e-6)


@needs_golden
def test_published_dice_of_two_channels():
    logits = 2 * np.random.default_rng(0).normal(size=(2, 2, 16, 16))
    value = build('BinaryDiceLoss', pooled=True)(
        torch.from_numpy(logits), pair('A')[1])
    expected = json.loads(GOLDEN.read_text())['distillation']
    assert value.item() == pytest.approx(expected['dice_two_class'], rel=1e-6)


@pytest.mark.parametrize('kind, per_image', [
    ('SoftIoULoss', lambda i, p, t: 1 - (i + 2) / (p + t - i + 2)),
    ('BinaryDiceLoss', lambda i, p, t: 1 - (2 * i + 2) / (p + t + 2)),
])
def test_overlap_of_each_image(kind, per_image):
    logits, labels = pair('C')
    losses = []
    for image, label in zip(logits[:, 0].tolist(), labels.tolist()):
        pixels = [(1 / (1 + math.exp(-z)), t)
                  for row, truth in zip(image, label)
                  for z, t in zip(row, truth)]
        losses.append(per_image(sum(p * t for p, t in pixels),
                                sum(p for p, _ in pixels),
                                sum(t for _, t in pixels)))
    value = build(kind, smooth=2., loss_weight=3.)(logits, labels)
    assert value.item() == pytest.approx(sum(losses))


@pytest.mark.parametrize('alpha', [0.9, [0.1, 0.9]])
def test_focal_weights_of_background_and_target(alpha):
    logits, labels = pair('A')
    p = logits[:, 0].sigmoid().where(labels == 1, 1 - logits[:, 0].sigmoid())
    share = torch.where(labels == 1, 0.9, 0.1)
    expected = (-share * (1 - p)**1.5 * p.log()).mean()
    value = build('BinaryFocalLoss', alpha=alpha, gamma=1.5)(logits, labels)
    assert value.item() == pytest.approx(expected.item())


@pytest.mark.parametrize('kind', ['BinaryCrossEntropyLoss', 'BinaryFocalLoss'])
@pytest.mark.parametrize('value', [[1.], [1, 2, 3], [-1, 1], 'file.npy',
                                   [1, math.inf], 20])
def test_other_weights_are_refused(kind, value):
    name = 'alpha' if kind == 'BinaryFocalLoss' else 'class_weight'
    with pytest.raises(ValueError, match=f'{name}: expected two weights'):
        build(kind, **{name: value})


def test_class_weights():
    logits, labels = pair('A')
    loss = build('BinaryCrossEntropyLoss', class_weight=[1, 20])
    target, rest = labels == 1, labels == 0
    entropy = torch.nn.functional.softplus(
        torch.where(target, -logits[:, 0], logits[:, 0]))
    expected = (20 * entropy[target].sum() + entropy[rest].sum()) / 512
    assert loss(logits, labels).item() == pytest.approx(expected.item())


@pytest.mark.parametrize('kind', LOSSES)
@pytest.mark.parametrize('number', [0, 9])
def test_two_channels_are_those_of_their_difference(kind, number, epoch):
    epoch(number)
    logits, labels = pair('C')
    background = torch.randn_like(logits)
    both = torch.cat((background, background + logits), dim=1)
    loss = build(kind)
    torch.testing.assert_close(loss(both, labels), loss(logits, labels))
    with pytest.raises(ValueError, match='one or two channels, got 3'):
        loss(both[:, [0, 1, 1]], labels)


@pytest.mark.parametrize('kind', LOSSES)
def test_perfect_and_inverted_predictions(kind):
    labels = pair('A')[1]
    logits = (80. * labels - 40)[:, None]
    loss = build(kind)
    assert loss(logits, labels) < 1e-6 < 0.5 < loss(-logits, labels)


@pytest.mark.parametrize('kind', LOSSES)
@pytest.mark.parametrize('number', [0, 9])
def test_ignored_pixels_and_pixels_of_no_weight(kind, number, epoch):
    epoch(number)
    logits, labels = pair('B')
    gone = torch.rand(labels.shape) < 0.3
    logits.requires_grad_()
    ignored = build(kind)(logits, labels.masked_fill(gone, 255))
    torch.testing.assert_close(
        build(kind)(logits, labels, weight=(~gone).double()), ignored)
    gradient, = torch.autograd.grad(ignored, logits)
    assert (gradient[:, 0][gone] == 0).all()
    assert (gradient[:, 0][~gone] != 0).all()


@pytest.mark.parametrize('kind', LOSSES)
@pytest.mark.parametrize('number', [0, 9])
def test_empty_and_far_predictions_stay_finite(kind, number, epoch):
    epoch(number)
    logits = torch.full((1, 1, 4, 4), -200., requires_grad=True)
    for label in (0, 1, 255):
        value = build(kind)(logits, torch.full((1, 4, 4), label))
        gradient, = torch.autograd.grad(value, logits)
        assert value.isfinite() and gradient.isfinite().all()


@pytest.mark.parametrize('kind', LOSSES)
def test_half_precision_logits_give_a_float32_loss(kind):
    logits, labels = pair('A')
    value = build(kind)(logits.half(), labels)
    assert value.dtype == torch.float32
    assert value.item() == pytest.approx(
        build(kind)(logits, labels).item(), rel=1e-3)


@pytest.mark.parametrize('logit', [-200., -20., 0., 20., 200.])
def test_focal_gradients_of_small_exponents_are_finite(logit):
    logits = torch.full((1, 1, 2, 2), logit, requires_grad=True)
    label = torch.tensor([[[0, 1], [1, 0]]])
    value = MODELS.build(dict(type='BinaryFocalLoss', gamma=0.5))(
        logits, label)
    gradient, = torch.autograd.grad(value, logits)
    assert value.isfinite() and gradient.isfinite().all()
