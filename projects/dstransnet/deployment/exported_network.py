"""The deployed network as it is exported, from images to logits or scores."""
from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from mmseg.models.segmentors import EncoderDecoder
from torch import Tensor, nn
from torch.nn.utils import parametrize

from .deploy import LogitsNetwork, folded_network, frozen_copy
from .network_folding import export_deform_convs


class Normalisation(nn.Module):
    """Channel order, mean and deviation of a segmentor's data preprocessor.

    Args:
        preprocessor (SegDataPreProcessor): Of the segmentor.

    Shape:
        Input and output (N, C, H, W): grey levels 0 to 255, of colour images
        in OpenCV's order (blue, green, red); normalised images.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, preprocessor: Any) -> None:
        super().__init__()
        self.reverses = bool(getattr(
            preprocessor, '_channel_conversion', False))
        mean, std = torch.zeros(1, 1, 1), torch.ones(1, 1, 1)
        if getattr(preprocessor, '_enable_normalize', False):
            mean, std = preprocessor.mean.cpu(), preprocessor.std.cpu()
        self.register_buffer('mean', mean.clone())
        self.register_buffer('std', std.clone())

    def forward(self, images: Tensor) -> Tensor:
        """Normalise images (N, C, H, W)."""
        if self.reverses:  # of operators that all runtimes have
            images = torch.cat(images.split(1, dim=1)[::-1], dim=1)
        return (images - self.mean) / self.std

    def undo(self, images: Tensor) -> Tensor:
        """Return the grey levels of normalised images (N, C, H, W)."""
        # A file runs on the CPU, wherever its segmentor is.
        images = (images * self.std.to(images.device)
                  + self.mean.to(images.device))
        return images.flip(1) if self.reverses else images


class ExportedNetwork(nn.Module):
    """A network with the pre- and post-processing that a file includes.

    Args:
        network (LogitsNetwork): From normalised images to logits.
        normalisation (nn.Module, optional): Applied to the images before.
            Defaults to None.
        scores (bool): Whether to return probabilities in the size of the
            image: the sigmoid of one channel, the softmax of several.
            Defaults to False, the logits of the head.

    Shape:
        Input (N, C, H, W). Output: scores (N, K, H, W), or logits of the size
        that the head gives them.
    """

    def __init__(self,
                 network: LogitsNetwork,
                 normalisation: nn.Module | None = None,
                 scores: bool = False) -> None:
        super().__init__()
        self.normalisation = normalisation or nn.Identity()
        self.network = network
        self.scores = scores
        self.align_corners = bool(network.decode_head.align_corners)

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, C, H, W) to logits or scores."""
        logits = self.network(self.normalisation(images))
        if not self.scores:
            return logits
        if logits.shape[-2:] != images.shape[-2:]:  # fixed by the network
            logits = F.interpolate(
                logits,
                images.shape[-2:],
                mode='bilinear',
                align_corners=self.align_corners)
        return logits.sigmoid() if logits.shape[1] == 1 else logits.softmax(1)


class _FromHalf(nn.Module):
    """Give a layer its float16 weight as float32."""

    def forward(self, weight: Tensor) -> Tensor:
        return weight.float()


def store_as_half(network: nn.Module) -> None:
    """Hold kernels and matrices in float16; the network computes in float32.

    Args:
        network (nn.Module): Changed in place.
    """
    for module in list(network.modules()):
        for name, weight in list(module.named_parameters(recurse=False)):
            if weight.dim() > 1:
                weight.data = weight.data.half()
                parametrize.register_parametrization(
                    module, name, _FromHalf(), unsafe=True)


def exported_network(model: EncoderDecoder,
                     *,
                     raw: bool = False,
                     scores: bool = False,
                     dynamic: bool = False,
                     folded: bool = True) -> ExportedNetwork:
    """Return the network of a segmentor as it is exported.

    Args:
        model (EncoderDecoder): On the CPU; not changed.
        raw (bool): Whether the file normalises images itself. Defaults to
            False.
        scores (bool): See :class:`ExportedNetwork`. Defaults to False.
        dynamic (bool): Whether batch, height and width are to be free.
            Defaults to False.
        folded (bool): Whether to apply the steps of :func:`deploy`. False is
            for comparison. Defaults to True.
    """
    model = frozen_copy(model)
    network = folded_network(model, None if folded else ())
    if folded:
        export_deform_convs(network, strips=not dynamic)
    normalisation = Normalisation(model.data_preprocessor) if raw else None
    return ExportedNetwork(network, normalisation, scores).eval()
