import pytest
import torch
from helpers.small_networks import dstransnet, images, logits, unet
from mmengine.config import ConfigDict
from mmseg.models import CascadeEncoderDecoder, EncoderDecoder, FCNHead
from torch import nn

from projects.dstransnet.deployment.logits_network import (
    LogitsNetwork,
    RuntimeHead,
    around_runtime,
    check_deployable,
    frozen_copy,
)
from projects.dstransnet.utils.errors import InputError


@pytest.mark.parametrize('build', [dstransnet, unet])
def test_images_to_logits_and_back_in_a_segmentor(build):
    model, x = build(), images(1, 3, 16, 32)
    expected = logits(model, x)
    copied = frozen_copy(model.train())
    model.eval()
    assert not copied.training
    assert not any(value.requires_grad for value in copied.parameters())
    network = LogitsNetwork(copied)
    with torch.no_grad():
        assert torch.equal(network(x), expected)
    inside = around_runtime(copied, network)
    assert inside is copied and not inside.with_neck
    assert not inside.with_auxiliary_head
    assert torch.equal(logits(inside, x), expected)
    head = inside.decode_head
    assert isinstance(head, RuntimeHead) and not head.training
    for name in ('num_classes', 'out_channels', 'threshold', 'align_corners'):
        assert getattr(head, name) == getattr(model.decode_head, name)
    inside.train()
    assert not any(part.training for part in inside.backbone.modules())


class OtherHead(FCNHead):
    def predict(self, inputs, batch_img_metas, test_cfg):
        raise NotImplementedError


class OtherModel(EncoderDecoder):
    def extract_feat(self, inputs):
        raise NotImplementedError


def test_models_of_other_kinds():
    check_deployable(dstransnet())
    with pytest.raises(InputError, match='model: expected an mmseg Encoder'
                       'Decoder, got Conv2d'):
        check_deployable(nn.Conv2d(1, 1, 1))
    model = unet()
    model.decode_head.__class__ = OtherHead
    with pytest.raises(InputError, match='model: OtherHead does not predict '
                       'as a plain BaseDecodeHead does'):
        check_deployable(model)
    model = unet()
    model.__class__ = OtherModel
    with pytest.raises(InputError, match='OtherModel does not predict'):
        check_deployable(model)
    head = ConfigDict(
        type='FCNHead', in_channels=4, channels=4, num_classes=3)
    cascade = CascadeEncoderDecoder(
        2, ConfigDict(type='UNet', base_channels=4), [head, head])
    with pytest.raises(InputError, match='CascadeEncoderDecoder does not'):
        check_deployable(cascade)


def test_weights_in_other_precisions():
    with pytest.raises(InputError, match='model: expected float32 weights, '
                       'got torch.float64'):
        check_deployable(unet().double())
    model = unet()
    model.backbone.half()
    with pytest.raises(InputError, match='got torch.float16, torch.float32'):
        check_deployable(model)
