import math

import pytest
import torch
from mmseg.models.losses import __all__ as loss_names
from mmseg.registry import MODELS
from torch import nn

from projects.dstransnet.models.losses.mmseg_losses import (
    binary_loss,
    check_binary_loss,
)

IGNORED = 255
# Two images of 2 x 3 pixels: hits, misses and false alarms, some of them
# ignored; the second image has no target.
LOGITS = torch.tensor([[[[2., -1., 0.5], [-0.3, 3., -2.]]],
                       [[[-1., 0.2, 1.5], [-4., 0.7, -0.1]]]])
LABEL = torch.tensor([[[1, 0, 0], [1, IGNORED, 0]],
                      [[0, IGNORED, IGNORED], [0, 0, 0]]])


def _pixels(image):
    """Return (logit, label) of the pixels of an image that count."""
    return [(logit, label)
            for logit, label in zip(LOGITS[image].flatten().tolist(),
                                    LABEL[image].flatten().tolist())
            if label != IGNORED]


def _sigmoid(logit):
    return 1 / (1 + math.exp(-logit))


def _cross_entropy(logit, label):
    return -math.log(_sigmoid(logit) if label else 1 - _sigmoid(logit))


def _value(cfg, logits=LOGITS):
    loss = MODELS.build(cfg)
    check_binary_loss(loss)
    return binary_loss(loss, logits, LABEL, IGNORED)


def _gradient(cfg):
    logits = LOGITS.clone().requires_grad_()
    return torch.autograd.grad(_value(cfg, logits).sum(), logits)[0]


@pytest.mark.parametrize('avg_non_ignore', [True, False])
def test_cross_entropy(avg_non_ignore):
    total = sum(_cross_entropy(*pixel) for i in (0, 1) for pixel in _pixels(i))
    count = 9 if avg_non_ignore else 12
    value = _value(
        dict(
            type='CrossEntropyLoss',
            use_sigmoid=True,
            avg_non_ignore=avg_non_ignore,
            loss_weight=2.))
    assert value.item() == pytest.approx(2 * total / count, rel=1e-5)


@pytest.mark.parametrize('gamma, alpha', [(2., 0.5), (2., 0.25), (0.5, 0.9)])
def test_focal(gamma, alpha):
    total = 0.
    for logit, label in _pixels(0) + _pixels(1):
        probability = _sigmoid(logit) if label else 1 - _sigmoid(logit)
        share = alpha if label else 1 - alpha
        total -= share * (1 - probability)**gamma * math.log(probability)
    value = _value(
        dict(type='FocalLoss', gamma=gamma, alpha=alpha, loss_weight=3.))
    assert value.item() == pytest.approx(3 * total / 12, rel=1e-5)


@pytest.mark.parametrize('naive', [True, False])
def test_dice_is_the_mean_over_images(naive):
    eps, losses = 0.1, []
    for image in (0, 1):
        pixels = [(_sigmoid(logit), label) for logit, label in _pixels(image)]
        overlap = sum(p * label for p, label in pixels)
        target = sum(label for _, label in pixels)
        if naive:
            size = sum(p for p, _ in pixels)
            losses.append(1 - (2 * overlap + eps) / (size + target + eps))
        else:
            size = sum(p * p for p, _ in pixels)
            losses.append(1 - 2 * overlap / (size + target + 2 * eps))
    value = _value(dict(type='DiceLoss', naive_dice=naive, eps=eps))
    assert value.item() == pytest.approx(sum(losses) / 2, rel=1e-5)


SUPPORTED = (
    dict(type='CrossEntropyLoss', use_sigmoid=True),
    dict(type='DiceLoss'),
    dict(type='FocalLoss'),
    dict(type='LovaszLoss', loss_type='binary', reduction='none'),
)


@pytest.mark.parametrize('cfg', SUPPORTED, ids=lambda cfg: cfg['type'])
def test_ignored_pixels_have_no_say(cfg):
    ignored = (LABEL == IGNORED).unsqueeze(1)
    changed = LOGITS.masked_fill(ignored, 9.)
    torch.testing.assert_close(_value(cfg, changed), _value(cfg))
    gradient = _gradient(cfg)
    assert (gradient[ignored] == 0).all()
    assert (gradient[~ignored] != 0).sum() >= 4


@pytest.mark.parametrize('cfg', SUPPORTED, ids=lambda cfg: cfg['type'])
def test_a_batch_that_is_ignored_as_a_whole(cfg):
    logits = LOGITS.clone().requires_grad_()
    value = binary_loss(MODELS.build(cfg), logits,
                        torch.full_like(LABEL, IGNORED), IGNORED)
    gradient, = torch.autograd.grad(value, logits)
    assert value.isfinite() and (gradient == 0).all()


REFUSED = (
    dict(type='BoundaryLoss'),
    dict(type='HuasdorffDisstanceLoss'),
    dict(type='OhemCrossEntropy'),
    dict(type='SiLogLoss'),
    dict(type='TverskyLoss'),
    dict(type='CrossEntropyLoss'),
    dict(type='CrossEntropyLoss', use_mask=True),
    dict(type='DiceLoss', use_sigmoid=False),
    dict(type='DiceLoss', activate=False),
    dict(type='LovaszLoss', reduction='none'),
    dict(type='LovaszLoss', loss_type='multi_class', per_image=True),
)


@pytest.mark.parametrize('cfg', REFUSED, ids=str)
def test_losses_that_need_two_channels_are_refused_by_name(cfg):
    with pytest.raises(ValueError, match=f"loss_decode: {cfg['type']} needs"):
        check_binary_loss(MODELS.build(cfg))


def test_every_loss_of_the_host_is_either_supported_or_refused():
    judged = {cfg['type'] for cfg in SUPPORTED + REFUSED}
    assert {name for name in loss_names if MODELS.get(name)} <= judged


def test_foreign_loss_gets_logits_labels_and_the_ignored_index():

    class Recorder(nn.Module):

        def forward(self, logits, label, ignore_index):
            assert logits is LOGITS and label is LABEL
            return torch.tensor(float(ignore_index))

    loss = Recorder()
    check_binary_loss(loss)
    assert binary_loss(loss, LOGITS, LABEL, IGNORED).item() == IGNORED
