import pytest
import torch
import torch.nn.functional as F
from mmengine.logging import MessageHub
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from projects.dstransnet.models import LogitsHead


@pytest.fixture
def label():
    return (torch.rand(2, 8, 16) > 0.8).long()


@pytest.fixture
def samples(label):
    return [
        SegDataSample(gt_sem_seg=PixelData(data=each[None])) for each in label
    ]


def _outputs(*names, size=(8, 16)):
    return {name: torch.randn(2, 1, *size) for name in names}


def _bce(logits, label):
    return F.binary_cross_entropy_with_logits(logits[:, 0], label.float())


def test_every_output_is_trained_with_its_weight(label, samples):
    outputs = _outputs('side1', 'side2', 'out')
    head = LogitsHead(weights=dict(side1=0.25, side2=0))
    losses = head.loss(outputs, samples, {})
    assert list(losses) == ['loss_bce_side1', 'loss_bce_out']
    torch.testing.assert_close(losses['loss_bce_side1'],
                               0.25 * _bce(outputs['side1'], label))
    torch.testing.assert_close(losses['loss_bce_out'],
                               _bce(outputs['out'], label))


def test_small_outputs_are_compared_with_any_target_below_them(
        label, samples):
    side = torch.randn(2, 1, 4, 8)
    losses = LogitsHead().loss(dict(_outputs('out'), side=side), samples, {})
    pooled = label.view(2, 4, 2, 8, 2).amax(dim=(2, 4))
    torch.testing.assert_close(losses['loss_bce_side'], _bce(side, pooled))


def test_what_is_ignored_does_not_count_below_small_outputs(label, samples):
    outputs = dict(_outputs('out'), side=torch.randn(2, 1, 4, 8))
    samples[0].gt_sem_seg.data[:, :2, :2] = 255
    first = LogitsHead().loss(outputs, samples, {})['loss_bce_side']
    outputs['side'][0, 0, 0, 0] += 9
    assert first == LogitsHead().loss(outputs, samples, {})['loss_bce_side']


def test_a_reconstruction_is_compared_with_the_image(samples):
    outputs = _outputs('reconstruction', 'out', 'image')
    losses = LogitsHead(weights=dict(reconstruction=0.01)).loss(
        outputs, samples, {})
    assert list(losses) == ['loss_bce_out', 'loss_reconstruction']
    torch.testing.assert_close(
        losses['loss_reconstruction'],
        0.01 * (outputs['reconstruction'] - outputs['image']).square().mean())


def test_a_weight_without_its_output_is_told(samples):
    head = LogitsHead(weights=dict(side9=1))
    with pytest.raises(ValueError, match="names of .*'side1'.*'side9'"):
        head.loss(_outputs('side1', 'out'), samples, {})


def test_first_epochs_have_weights_of_their_own(label, samples):
    outputs = _outputs('mask0', 'mask1', 'out')
    head = LogitsHead(warmup_weights=dict(mask0=2), warmup_epochs=1)
    hub = MessageHub.get_current_instance()
    found = []
    for epoch in (1, 2, 0):
        hub.update_info('epoch', epoch)
        found.append(head.loss(outputs, samples, {}))
    assert list(found[0]) == ['loss_bce_mask0']
    assert list(found[1]) == [
        'loss_bce_mask0', 'loss_bce_mask1', 'loss_bce_out']
    torch.testing.assert_close(found[0]['loss_bce_mask0'],
                               2 * found[1]['loss_bce_mask0'])


def test_dropout_would_have_no_effect():
    with pytest.raises(ValueError, match='not use dropout_ratio, got 0.5'):
        LogitsHead(dropout_ratio=0.5)
