import pytest
import torch
from torch import nn

from projects.dstransnet.models.decode_heads.binary_decode_head import (
    BinaryDecodeHead,
)


class Head(BinaryDecodeHead):
    def forward(self, inputs):
        return self.cls_seg(inputs[-1])


def test_losses_of_a_map_at_the_size_of_the_label():
    losses = [dict(type='SoftIoULoss'), dict(type='DiceLoss'),
              dict(type='SoftIoULoss', loss_weight=2.)]
    head = Head(in_channels=1, channels=1, loss_decode=losses)
    assert head.threshold == 0.5 and head.dropout is None
    logits, label = torch.randn(2, 1, 4, 4), torch.zeros(2, 8, 8).long()
    found = head.map_losses('side', logits.half(), label)
    assert list(found) == ['loss_iou_side', 'loss_dice_side']
    large = nn.functional.interpolate(logits.half().float(), (8, 8),
                                      mode='bilinear')
    first, dice, _ = head.loss_decode
    torch.testing.assert_close(found['loss_iou_side'], 3 * first(large, label))
    torch.testing.assert_close(
        found['loss_dice_side'], dice(large, label[:, None]))
    assert found['loss_iou_side'].dtype == torch.float32


@pytest.mark.parametrize('setting, value', [
    ('out_channels', 2), ('num_classes', 3),
    ('sampler', dict(type='OHEMPixelSampler')),
    ('conv_cfg', dict(type='Conv')), ('act_cfg', dict(type='GELU'))])
def test_settings_that_have_no_use_are_refused(setting, value):
    with pytest.raises(ValueError, match=f'Head .*{setting}='):
        Head(in_channels=1, channels=1, **{setting: value})
