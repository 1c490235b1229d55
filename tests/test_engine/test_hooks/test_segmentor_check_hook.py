from types import SimpleNamespace

import pytest
import torch
from mmseg.models import FCNHead
from torch import nn

from projects.dstransnet.engine.hooks import SegmentorCheckHook
from projects.dstransnet.utils.errors import InputError


class Pooled(nn.Module):
    def __init__(self):
        super().__init__()
        self.early = nn.BatchNorm2d(3)
        self.late = nn.BatchNorm2d(3)

    def forward(self, x):
        return self.late(self.early(x).mean((2, 3), keepdim=True))


def step(hook, model, images):
    runner = SimpleNamespace(model=model)
    batch = dict(inputs=list(torch.rand(images, 3, 4, 4)))
    hook.before_train_iter(runner, 0, batch)
    out = model(torch.stack(batch['inputs']))
    hook.after_train_iter(runner, 0, batch)
    return out


def test_a_wrong_loss_stops_the_run():
    model = nn.Module()
    model.decode_head = FCNHead(
        in_channels=4, channels=4, num_classes=2, out_channels=1,
        threshold=0.5, loss_decode=dict(type='DiceLoss'))
    with pytest.raises(InputError, match='model.decode_head.loss_decode: .*'
                       'use BinaryDiceLoss'):
        SegmentorCheckHook().before_train(SimpleNamespace(model=model))


def test_a_batch_of_one_image_and_a_norm_after_pooling():
    hook, model = SegmentorCheckHook(), Pooled()
    assert step(hook, model, 2).shape == (2, 3, 1, 1)
    with pytest.raises(InputError, match='^train_dataloader: a batch of one '
                       'image, .* late, a batch norm after pooling'):
        step(hook, model, 1)


def test_a_batch_of_one_image_without_pooling():
    hook, model = SegmentorCheckHook(), Pooled()
    model.late = nn.Identity()
    for _ in range(2):
        assert step(hook, model, 1).shape == (1, 3, 1, 1)
    assert not model.early._forward_pre_hooks
