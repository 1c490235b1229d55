"""Feature maps of named layers, and Grad-CAM."""
from __future__ import annotations

import contextlib
import difflib
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..models.losses.binary_losses import target_logits
from ..utils.errors import InputError


def find_layers(model: nn.Module, pattern: str) -> list[str]:
    """Return the names of layers that a pattern stands for.

    Args:
        model (nn.Module): The model.
        pattern (str): Name of a layer as ``named_modules`` has it, perhaps
            with ``*`` for any part of a name between two dots.

    Raises:
        InputError: If there is no such layer.

    Examples:
        >>> find_layers(nn.Sequential(nn.ReLU(), nn.ReLU()), '*')
        ['0', '1']
    """
    names = [name for name, _ in model.named_modules() if name]
    rule = re.escape(pattern).replace(r'\*', r'[^.]*')
    found = [name for name in names if re.fullmatch(rule, name)]
    if not found:
        near = difflib.get_close_matches(pattern, names, n=3, cutoff=0.3)
        raise InputError(f'layers: expected a layer of the model, such as '
                         f'{", ".join(near or names[:3])}, got {pattern!r}')
    return found


def _maps_of(output: Any) -> list[Tensor]:
    """Return the maps (N, C, H, W) in the output of a layer."""
    if isinstance(output, dict):
        output = list(output.values())
    parts = output if isinstance(output, (list, tuple)) else [output]
    return [part for part in parts
            if isinstance(part, Tensor) and part.ndim == 4]


def _copied(output: Any) -> Any:
    """Return the output of a layer, its tensors copied."""
    if isinstance(output, dict):
        return {name: _copied(part) for name, part in output.items()}
    if isinstance(output, (list, tuple)):
        return type(output)(map(_copied, output))
    return output.clone() if isinstance(output, Tensor) else output


@contextlib.contextmanager
def recorded(model: nn.Module,
             names: Sequence[str]) -> Iterator[dict[str, list[Tensor]]]:
    """Record the maps that layers return while the context lasts.

    Args:
        model (nn.Module): The model.
        names (Sequence[str]): Names of layers.

    Yields:
        dict[str, list[Tensor]]: Maps (N, C, H, W) of the last call of each
        layer, filled by the forward pass.
    """
    maps: dict[str, list[Tensor]] = {}

    def hook(name: str) -> Any:

        def keep(layer: nn.Module, inputs: Any, output: Any) -> Any:
            maps[name] = _maps_of(output)
            return _copied(output)  # what follows may work in place

        return keep

    handles = [model.get_submodule(name).register_forward_hook(hook(name))
               for name in names]
    try:
        yield maps
    finally:
        for handle in handles:
            handle.remove()


def cropped(values: Tensor, part: tuple[float, float]) -> Tensor:
    """Return the upper left of maps, without the padding beyond it.

    Args:
        values (Tensor): Shape (..., H, W).
        part (tuple[float, float]): Shares of height and width that stay, up
            to the next whole pixel.

    Examples:
        >>> cropped(torch.ones(1, 8, 9), (0.5, 0.3)).shape
        torch.Size([1, 4, 3])
    """
    rows, columns = (math.ceil(share * length - 1e-6)
                     for share, length in zip(part, values.shape[-2:]))
    return values[..., :rows, :columns]


def scaled(values: Tensor,
           part: tuple[float, float] = (1., 1.)) -> np.ndarray:
    """Return a map of shape (H, W) scaled to 0 .. 1; a constant one is 0.

    Args:
        values (Tensor): The map.
        part (tuple[float, float]): The part that sets the scale, see
            :func:`cropped`; values beyond are clipped. Defaults to all.

    Examples:
        >>> scaled(torch.tensor([[1., 3., 9.]]), (1, 2 / 3)).tolist()
        [[0.0, 1.0, 1.0]]
    """
    values = values.detach().float().cpu()
    low, high = cropped(values, part).aminmax()
    return ((values - low) / (high - low).clamp(min=1e-12)).clamp(0, 1).numpy()


def feature_maps(model: nn.Module, inputs: Tensor, names: Sequence[str],
                 size: tuple[int, int] | None = None
                 ) -> dict[str, list[np.ndarray]]:
    """Return the mean magnitude of the features of layers.

    Args:
        model (nn.Module): A segmentor in evaluation mode.
        inputs (Tensor): Preprocessed images of shape (1, C, H, W).
        names (Sequence[str]): Names of layers.
        size (tuple[int, int], optional): Height and width of the image in the
            upper left of ``inputs``; the rest is padding. Defaults to all.

    Returns:
        dict[str, list[np.ndarray]]: For each layer its maps, of their own
        sizes: the mean of absolute values over channels, scaled to 0 .. 1.

    Raises:
        InputError: If a layer returns no map.
    """
    with torch.no_grad(), recorded(model, names) as maps:
        model(inputs, mode='tensor')
    _check(maps, names)
    part = shares(inputs, size)
    return {name: [scaled(each[0].abs().mean(0), part) for each in maps[name]]
            for name in names}


def grad_cam(model: nn.Module, inputs: Tensor, names: Sequence[str],
             size: tuple[int, int] | None = None,
             threshold: float = 0.5) -> dict[str, list[np.ndarray]]:
    """Return where the features of layers speak for the detected targets.

    ReLU of the sum of features, each weighted by the mean of its gradient.
    The gradient is that of the target's summed logits at all pixels whose
    probability is above the threshold, or without any, of the pixel of the
    highest one.

    Args:
        model (nn.Module): A segmentor in evaluation mode, of one logit a
            pixel, or two, for background and target.
        inputs (Tensor): See :func:`feature_maps`.
        names (Sequence[str]): Names of layers.
        size (tuple[int, int], optional): See :func:`feature_maps`.
        threshold (float): Probability. Defaults to 0.5.

    Returns:
        dict[str, list[np.ndarray]]: For each layer its maps, scaled to
        0 .. 1.

    Raises:
        InputError: If a layer returns no map, or the logits do not depend on
            it.

    Reference:
        R. R. Selvaraju et al., "Grad-CAM", ICCV 2017; for segmentation:
        K. Vinogradova et al., AAAI 2020.
    """
    inputs, part = inputs.requires_grad_(), shares(inputs, size)
    with torch.enable_grad(), recorded(model, names) as maps:
        logits = cropped(target_logits(model(inputs, mode='tensor')), part)
        detected = logits.sigmoid() > threshold
        score = logits[detected].sum() if detected.any() else logits.max()
    _check(maps, names)
    every = [each for name in names for each in maps[name]]
    gradients = iter(torch.autograd.grad(score, every, allow_unused=True))
    found: dict[str, list[np.ndarray]] = {}
    for name in names:
        found[name] = []
        for features in maps[name]:
            gradient = next(gradients)
            if gradient is None:
                raise InputError(f'layers: the output of {name!r} does not '
                                 'change the logits')
            weights = gradient.mean((2, 3), keepdim=True)
            cam = (weights * features).sum(1).relu()
            found[name].append(scaled(cam[0], part))
    return found


def shares(inputs: Tensor,
           size: tuple[int, int] | None) -> tuple[float, float]:
    """Return the shares of height and width that are no padding, see
    :func:`feature_maps`."""
    height, width = inputs.shape[2:]
    return (1., 1.) if size is None else (size[0] / height, size[1] / width)


def _check(maps: dict[str, list[Tensor]], names: Sequence[str]) -> None:
    """Raise InputError if a layer has returned no map."""
    for name in names:
        if not maps.get(name):
            raise InputError(f'layers: {name!r} returns no map of shape '
                             '(N, C, H, W)')
