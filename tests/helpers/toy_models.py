"""Small segmentors, and a slow reference of tiled inference."""
import numpy as np
import torch
from mmengine.config import ConfigDict
from mmseg.models import EncoderDecoder
from mmseg.registry import MODELS
from torch import nn


class ToyBackbone(nn.Module):
    """One convolution: a pixel depends on its surroundings alone."""

    def __init__(self, kernel: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, kernel, padding=kernel // 2)
        self.batches: list[tuple[int, ...]] = []

    def forward(self, x):
        self.batches.append(tuple(x.shape))
        return (self.conv(x), )


def toy(kernel: int = 3, channels: int = 1, divisor: int | None = 16,
        kind: str = 'EncoderDecoder', **test_cfg) -> EncoderDecoder:
    """A segmentor with random weights; one logit or ``channels``."""
    torch.manual_seed(kernel)
    preprocessor = dict(
        type='SegDataPreProcessor', mean=[100.] * 3, std=[50.] * 3,
        size=(32, 32))
    if divisor:
        preprocessor['test_cfg'] = dict(size_divisor=divisor)
    model = MODELS.build(ConfigDict(
        type=kind,
        data_preprocessor=preprocessor,
        backbone=dict(type=ToyBackbone, kernel=kernel),
        decode_head=dict(
            type='FCNHead', in_channels=4, channels=4, num_convs=0,
            concat_input=False, dropout_ratio=0, num_classes=2,
            out_channels=channels, threshold=0.5 if channels == 1 else None,
            loss_decode=dict(
                type='CrossEntropyLoss', use_sigmoid=channels == 1)),
        train_cfg=dict(),
        test_cfg=dict(dict(mode='whole'), **test_cfg)))
    nn.init.normal_(model.decode_head.conv_seg.weight, std=2.)
    return model.eval()


def slow_tiles(model: EncoderDecoder, frame: torch.Tensor, tile: int,
               overlap: int) -> np.ndarray:
    """Target probabilities of a frame (C, H, W), pixel sums in float64."""
    _, height, width = frame.shape
    total, weight = np.zeros((2, height, width))

    def starts(size):
        found = [0]
        while found[-1] + tile < size:
            found.append(min(found[-1] + tile - overlap, size - tile))
        return found

    def ramp(i):
        edge = min(i, tile - 1 - i) + 0.5
        if edge >= overlap:
            return 1.
        return (1 - np.cos(np.pi * edge / overlap)) / 2

    ramps = np.array([ramp(i) for i in range(tile)])
    for top in starts(height):
        for left in starts(width):
            part = frame[None, :, top:top + tile, left:left + tile]
            logits = model.encode_decode(
                part, [dict(img_shape=tuple(part.shape[2:]))])
            scores = (logits.double().sigmoid()[0, 0] if logits.shape[1] == 1
                      else logits.double().softmax(1)[0, 1]).numpy()
            area = slice(top, top + tile), slice(left, left + tile)
            total[area] += scores * np.outer(ramps, ramps)
            weight[area] += np.outer(ramps, ramps)
    return total / weight
