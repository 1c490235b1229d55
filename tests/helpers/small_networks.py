"""Small segmentors with random weights, and how outputs are compared."""
import importlib.util
from pathlib import Path

import pytest
import torch
from mmengine.config import Config, ConfigDict
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch import nn

from projects.dstransnet.models.layers.wavelet_conv import ChannelScale

CONFIG = Path(__file__).parents[2] / 'configs/_base_/models/dstransnet.py'
needs_openvino = pytest.mark.skipif(
    importlib.util.find_spec('openvino') is None,
    reason='openvino is not installed')
needs_onnx = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None
        for name in ('onnx', 'onnxruntime')),
    reason='onnx or onnxruntime is not installed')
needs_gpu = pytest.mark.skipif(
    not torch.cuda.is_available(), reason='needs a GPU')


def randomize(model: nn.Module) -> nn.Module:
    """Draw statistics, factors and scales; return it in evaluation mode."""
    generator = torch.Generator().manual_seed(3)

    def draw(tensor, low, high):
        tensor.data.uniform_(low, high, generator=generator)

    for module in model.modules():
        if isinstance(module, (nn.BatchNorm2d, nn.GroupNorm)) and (
                module.affine):
            draw(module.weight, 0.5, 1.5)
            draw(module.bias, -0.5, 0.5)
        if isinstance(module, nn.BatchNorm2d):
            draw(module.running_mean, -0.5, 0.5)
            draw(module.running_var, 0.5, 2)
        if isinstance(module, ChannelScale):
            draw(module.weight, -1, 1)
    return model.eval()


def dstransnet(**norm) -> nn.Module:
    """A DSTransNet of widths 2 to 16 whose offsets are not 0."""
    init_default_scope('mmseg')
    cfg = Config.fromfile(CONFIG).model
    cfg.data_preprocessor.update(mean=[90.] * 3, std=[40.] * 3)
    cfg.backbone.update(base_channels=2, wavelet_levels=(2, 1, 1, 1, 1))
    cfg.neck.update(in_channels=(2, 4, 8, 16), num_blocks=1)
    cfg.decode_head.update(
        in_channels=(2, 4, 8, 16, 16), stage_channels=(8, 4, 2, 2),
        threshold=0.4)
    if norm:
        for part in (cfg.backbone, cfg.neck, cfg.decode_head):
            part.norm_cfg = ConfigDict(norm)
    torch.manual_seed(1)
    return randomize(MODELS.build(cfg))


def unet() -> nn.Module:
    """A small U-Net of mmseg, with an auxiliary head and 3 classes."""
    norm_cfg = dict(type='BN')
    head = dict(
        type='FCNHead', num_convs=1, concat_input=False, num_classes=3,
        norm_cfg=norm_cfg, channels=4,
        loss_decode=dict(type='CrossEntropyLoss', avg_non_ignore=True))
    torch.manual_seed(2)
    return randomize(MODELS.build(ConfigDict(
        type='EncoderDecoder',
        data_preprocessor=dict(type='SegDataPreProcessor'),
        backbone=dict(
            type='UNet', base_channels=4, num_stages=3,
            strides=(1, 1, 1), enc_num_convs=(2, 2, 2),
            dec_num_convs=(2, 2), downsamples=(True, True),
            enc_dilations=(1, 1, 1), dec_dilations=(1, 1),
            norm_cfg=norm_cfg),
        decode_head=dict(head, in_channels=4, in_index=2),
        auxiliary_head=dict(head, in_channels=8, in_index=1),
        train_cfg=dict(), test_cfg=dict(mode='whole'))))


def two_convs() -> nn.Module:
    """Two convolutions of 3 channels to 1, of random weights."""
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(),
        nn.Conv2d(4, 1, 1)).eval().requires_grad_(False)


def images(*shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(5)
    return torch.randn(shape, generator=generator)


def logits(model: nn.Module, x: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return model(x, None, mode='tensor')


def assert_equal_up_to_rounding(found, expected, bound=1e-5) -> None:
    assert found.shape == expected.shape and found.dtype == expected.dtype
    assert expected.numel() == 1 or expected.std() > 0
    error = (found - expected).abs().max() / expected.abs().max()
    assert error < bound


def count(model: nn.Module, *kinds: type) -> int:
    return sum(isinstance(module, kinds) for module in model.modules())


def network_segmentor(name: str, weights: dict = {},
                      **overrides) -> nn.Module:
    """The segmentor around a registered network, in training mode."""
    init_default_scope('mmseg')
    cfg = Config.fromfile(CONFIG.with_name('network.py')).model
    cfg.data_preprocessor.update(mean=[90.] * 3, std=[40.] * 3)
    cfg.backbone.update(network=name, **overrides)
    cfg.decode_head.update(weights=weights)
    torch.manual_seed(1)
    return MODELS.build(cfg)
