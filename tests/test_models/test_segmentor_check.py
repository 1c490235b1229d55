"""Heads of mmseg with losses for one and two channels."""
import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.registry import DefaultScope
from mmengine.structures import PixelData
from mmseg.models import FCNHead
from mmseg.models.losses import __all__ as host_losses
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch import nn

from projects.dstransnet.models.segmentor_check import (
    check_head,
    check_segmentor,
)
from projects.dstransnet.utils.errors import InputError

OURS = ('BinaryCrossEntropyLoss', 'BinaryFocalLoss', 'BinaryDiceLoss',
        'SoftIoULoss', 'SLSLoss')
RIGHT = [
    (1, dict(type='CrossEntropyLoss', use_sigmoid=True)),
    (1, dict(type='LovaszLoss', loss_type='binary', reduction='none')),
    (2, dict(type='CrossEntropyLoss', class_weight=[1., 9.])),
    (2, dict(type='DiceLoss', use_sigmoid=False)),
    *((channels, dict(type=kind)) for channels in (1, 2) for kind in OURS),
]
WRONG = [
    (1, dict(type='CrossEntropyLoss'), 'BinaryCrossEntropyLoss'),
    (1, dict(type='CrossEntropyLoss', use_sigmoid=True,
             class_weight=[1., 9.]), 'BinaryCrossEntropyLoss'),
    (1, dict(type='OhemCrossEntropy'), 'BinaryCrossEntropyLoss'),
    (1, dict(type='BoundaryLoss'), 'BinaryCrossEntropyLoss'),
    (1, dict(type='SiLogLoss'), 'BinaryCrossEntropyLoss'),
    (1, dict(type='DiceLoss'), 'BinaryDiceLoss'),
    (1, dict(type='TverskyLoss'), 'BinaryDiceLoss'),
    (1, dict(type='HuasdorffDisstanceLoss'), 'BinaryDiceLoss'),
    (1, dict(type='FocalLoss'), 'BinaryFocalLoss'),
    (1, dict(type='LovaszLoss', reduction='none'), "loss_type='binary'"),
    (2, dict(type='LovaszLoss', loss_type='binary', reduction='none'),
     'SoftIoULoss'),
    (2, dict(type='CrossEntropyLoss', class_weight=[1., 2., 3.]),
     'class_weight: expected two weights'),
]


def head(channels, loss, num_classes=2, **settings):
    return FCNHead(
        in_channels=4, channels=4, num_convs=0, concat_input=False,
        num_classes=num_classes, out_channels=channels, threshold=0.5,
        loss_decode=loss, **settings)


@pytest.mark.parametrize('channels, loss', RIGHT, ids=str)
def test_right_losses(channels, loss):
    check_head(head(channels, loss))
    check_head(head(channels, [loss, loss]))


@pytest.mark.parametrize('channels, loss, advice', WRONG, ids=str)
def test_wrong_losses(channels, loss, advice):
    with pytest.raises(ValueError, match=f'^loss_decode: .*{advice}'):
        check_head(head(channels, [RIGHT[-1][1], loss]))


def test_focal_loss_of_the_host_on_two_channels_needs_a_gpu(monkeypatch):
    focal = head(2, dict(type='FocalLoss', alpha=[0.25, 0.75]))
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    check_head(focal)
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    with pytest.raises(ValueError, match='GPUs only; use BinaryFocalLoss'):
        check_head(focal)


def test_every_loss_of_the_host_is_judged_on_one_channel():
    judged = {loss['type'] for channels, loss, _ in WRONG if channels == 1}
    assert {name for name in host_losses if MODELS.get(name)} == judged


def test_other_wrong_settings_of_heads():
    right = RIGHT[0][1]
    with pytest.raises(ValueError, match='num_classes: expected 2, .*got 19'):
        check_head(head(19, dict(type='CrossEntropyLoss'), num_classes=19))
    with pytest.raises(ValueError, match='num_classes: expected 2, .*got 3'):
        check_head(head(1, right, num_classes=3))
    with pytest.raises(ValueError, match='ignore_index: expected none of .*0'):
        check_head(head(1, right, ignore_index=0))
    with pytest.raises(ValueError, match='ignore_index: .* got 1'):
        check_head(MODELS.build(dict(type='LogitsHead', ignore_index=1)))
    sampler = dict(type='OHEMPixelSampler', min_kept=10)
    with pytest.raises(ValueError, match='sampler: .*got OHEMPixelSampler'):
        check_head(head(1, right, sampler=sampler))


def test_all_heads_of_a_segmentor():
    right, wrong = RIGHT[0][1], dict(type='DiceLoss')
    cfg = dict(type='FCNHead', in_channels=4, channels=4, num_classes=2,
               out_channels=1, threshold=0.5, loss_decode=right)
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(ConfigDict(
            type='EncoderDecoder',
            backbone=dict(type='UNet', base_channels=4),
            decode_head=cfg, auxiliary_head=[cfg, {**cfg,
                                                   'loss_decode': wrong}]))
    with pytest.raises(InputError, match=r'^model.auxiliary_head\[1\].'
                       "loss_decode: mmseg's DiceLoss is wrong on one channel"
                       ' of logits; use BinaryDiceLoss$'):
        check_segmentor(model)
    model.auxiliary_head[1].loss_decode = MODELS.build(right)
    check_segmentor(model)
    check_segmentor(nn.Linear(1, 1))


@pytest.mark.parametrize('kind', OURS)
@pytest.mark.parametrize('channels', [1, 2])
def test_losses_in_a_head_of_the_host(kind, channels):
    part = head(channels, dict(type=kind))
    sample = SegDataSample()
    label = torch.zeros(8, 8, dtype=torch.long)
    label[2:6, 4:] = 1
    sample.gt_sem_seg = PixelData(data=label[None])
    logits = 40. * (2 * label[None, None, ::2, ::2] - 1)
    if channels == 2:
        logits = torch.cat((-logits, logits), dim=1)
    right, wrong = (
        part.loss_by_feat(sign * logits, [sample])[part.loss_decode.loss_name]
        for sign in (1, -1))
    assert right < 0.3 * wrong
