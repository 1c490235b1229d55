"""Batch norm over the batches of all processes, on CPUs as well.

torch's ``SyncBatchNorm`` is faster on GPUs and refuses CPU tensors. This one
needs only sums from the process group.
"""
from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from mmengine.dist import get_world_size
from mmengine.registry import MODELS
from torch import Tensor, nn

from .tensors import to_float32

_AXES = (0, 2, 3)


def _sum_over_ranks(*parts: Tensor) -> tuple[Tensor, ...]:
    """Return the sums of tensors of one axis over all processes."""
    joined = torch.cat(parts)
    torch.distributed.all_reduce(joined)
    return joined.split([len(part) for part in parts])


class _Normalise(torch.autograd.Function):
    """Batch norm by the statistics of all processes.

    With y = (x - mean) / deviation * weight + bias, the gradient of x is
    (g - mean of g - x' * mean of g x') * weight / deviation for the gradient
    g of y and x' = (x - mean) / deviation, the means over all processes.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor | None,
                bias: Tensor | None, eps: float) -> tuple[Tensor, ...]:
        """Return the result, and mean, variance and count per channel."""
        variance, mean = torch.var_mean(x, _AXES, correction=0)
        own = mean.new_tensor([x.numel() // x.shape[1]])
        total, number = _sum_over_ranks(own * mean, own)
        # Share of a process: its own squares and its mean's distance.
        squares = own * (variance + (mean - total / number).square())
        mean, variance = total / number, _sum_over_ranks(squares)[0] / number
        ctx.save_for_backward(x, weight, mean, (variance + eps).rsqrt(),
                              number)
        ctx.mark_non_differentiable(mean, variance, number)
        y = F.batch_norm(x, mean, variance, weight, bias, False, 0., eps)
        return y, mean, variance, number

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of x, weight and bias."""
        x, weight, mean, scale, number = ctx.saved_tensors
        g = gradients[0]
        centred = (x - mean[:, None, None]).mul_(scale[:, None, None])
        own_g, own_gx = g.sum(_AXES), (g * centred).sum(_AXES)
        sum_g, sum_gx = _sum_over_ranks(own_g, own_gx)
        gradient = centred.mul_(-(sum_gx / number)[:, None, None])
        gradient += g
        gradient -= (sum_g / number)[:, None, None]
        if weight is None:
            return gradient.mul_(scale[:, None, None]), None, None, None
        gradient *= (scale * weight)[:, None, None]
        return gradient, own_gx, own_g, None


@MODELS.register_module()
class PortableSyncBN(nn.BatchNorm2d):
    """Batch norm whose statistics are those of all processes' batches.

    In training, mean and variance of a channel are taken over the N * H * W
    values of every process, by two sums (the values, then their squared
    distances from the mean, which do not cancel as a difference of squares
    would). N, H and W may differ between processes. Outside of training, and
    in a single process, it is :class:`torch.nn.BatchNorm2d`, whose arguments
    and state it has, so checkpoints load either way.

    Every process has to take part in every training step with one image or
    more; an empty batch makes all means NaN.

    Shape:
        Input and output (N, C, H, W).

    Examples:
        >>> layer = PortableSyncBN(2)
        >>> layer(torch.ones(1, 2, 3, 3)).shape
        torch.Size([1, 2, 3, 3])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Normalise (N, C, H, W)."""
        if not self.training or get_world_size() == 1:
            return super().forward(x)
        self._check_input_dim(x)
        # Sums of many half-precision values would overflow.
        y, mean, variance, number = _Normalise.apply(
            to_float32(x), self.weight, self.bias, self.eps)
        self._track(mean, variance * number / (number - 1))
        return y.to(x.dtype)

    def _track(self, mean: Tensor, variance: Tensor) -> None:
        """Move the running statistics, variance without bias, as torch."""
        if (self.num_batches_tracked is None or self.running_mean is None
                or self.running_var is None):
            return
        self.num_batches_tracked.add_(1)
        share = self.momentum
        if share is None:  # the mean of all batches
            share = 1 / float(self.num_batches_tracked)
        self.running_mean.lerp_(mean.to(self.running_mean.dtype), share)
        self.running_var.lerp_(variance.to(self.running_var.dtype), share)


def use_portable_sync_bn(model: nn.Module, everywhere: bool = True) -> int:
    """Turn batch norms of a model into :class:`PortableSyncBN`, in place.

    Parameters and statistics are the same tensors as before.

    Args:
        model (nn.Module): The model.
        everywhere (bool): Turn all of them, else only torch's SyncBatchNorm,
            which refuses CPU tensors. Defaults to True.

    Returns:
        int: Number of batch norms that are new ones.

    Examples:
        >>> model = nn.Sequential(nn.BatchNorm2d(2), nn.SyncBatchNorm(2))
        >>> use_portable_sync_bn(model, everywhere=False)
        1
        >>> use_portable_sync_bn(model)
        1
    """
    # MMEngine builds a subclass of torch's SyncBatchNorm.
    kinds = (nn.SyncBatchNorm, nn.BatchNorm2d)[:1 + everywhere]
    found = [each for each in model.modules() if isinstance(each, kinds)
             and not isinstance(each, PortableSyncBN)]
    for each in found:
        each.__class__ = PortableSyncBN  # of the same attributes
    return len(found)
