"""Losses that compare a student with its teacher, as LW-DSTransNet has them.

Letters: N batch, C_s and C_t channels of the student's and the teacher's map,
H x W pixels of the image, h x w positions of a map.

Reference:
    R. Huang, J. Huang, Y. Ma, F. Fan, Y. Zhu, "Toward Extremely Efficient
    Infrared Small Target Detection Via Universal U-Net-based Knowledge
    Distillation", 2026, with the constants of the authors' release.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmseg.models.utils import resize
from mmseg.registry import MODELS
from torch import Tensor, nn

from ..layers.tensors import to_float32
from .binary_losses import target_logits
from .training_epoch import is_before

Maps = Sequence[tuple[Tensor, Tensor]]
"""Pairs of a student's and a teacher's map, (N, C_s, h, w), (N, C_t, h, w)."""


def binary_divergence(student: Tensor, teacher: Tensor,
                      temperature: float = 6.) -> Tensor:
    """Return the Kullback-Leibler divergence of two predictions per pixel.

    It is that of the teacher's distribution over background and target
    relative to the student's, both softened by the temperature.

    Args:
        student (Tensor): Logits of the target, any shape.
        teacher (Tensor): The same of the teacher.
        temperature (float): Divides the logits. Defaults to 6.

    Examples:
        >>> z = torch.tensor([0., 3.])
        >>> binary_divergence(z, z)
        tensor([0., 0.])
    """
    student, teacher = student / temperature, teacher / temperature
    target, background = (
        (sign * teacher).sigmoid() *
        (F.logsigmoid(sign * teacher) - F.logsigmoid(sign * student))
        for sign in (1, -1))
    return target + background


def target_regions(label: Tensor, size: Sequence[int],
                   reach: int = 9) -> Tensor:
    """Return where background, targets and their surroundings are.

    Args:
        label (Tensor): Labels, 1 for targets, shape (N, H, W). Pixels that
            are neither 0 nor 1 belong to no region.
        size (Sequence[int]): Height and width h x w of the result.
        reach (int): Side of the square around a target pixel that is its
            surroundings, odd, in pixels of the label. Defaults to 9.

    Returns:
        Tensor: 1.0 inside of each region, shape (N, 3, h, w).

    Examples:
        >>> label = torch.tensor([[[0, 0, 1, 0, 0]]])
        >>> target_regions(label, (1, 5), reach=3)[0, :, 0]
        tensor([[1., 0., 0., 0., 1.],
                [0., 0., 1., 0., 0.],
                [0., 1., 0., 1., 0.]])
    """
    target = (label == 1).float()
    near = F.max_pool2d(target, reach, stride=1, padding=reach // 2)
    known = ((label == 0) | (label == 1)).float()
    regions = torch.stack((1 - near, target, near - target), dim=1)
    return F.interpolate(regions * known[:, None], tuple(size))


def region_affinity(features: Tensor, regions: Tensor) -> Tensor:
    """Return the cosines between the mean features of regions.

    Args:
        features (Tensor): Shape (N, C, h, w).
        regions (Tensor): See :func:`target_regions`, (N, R, h, w).

    Returns:
        Tensor: Shape (N, R, R); 0 for a region without pixels.

    Examples:
        >>> features = torch.tensor([[[[1., 0.]], [[0., 2.]]]])  # (1, 2, 1, 2)
        >>> regions = torch.tensor([[[[1., 0.]], [[0., 1.]]]])
        >>> region_affinity(features, regions)
        tensor([[[1., 0.],
                 [0., 1.]]])
    """
    regions = regions.to(features.dtype).flatten(2)
    sums = regions @ features.flatten(2).transpose(1, 2)
    means = sums / (regions.sum(dim=2, keepdim=True) + 1e-6)
    means = F.normalize(means, dim=2)
    return means @ means.transpose(1, 2)


class DistillationLoss(nn.Module):
    """Base class of the losses between modules of a student and a teacher.

    Args:
        pairs (Sequence[tuple[str, str]]): Names of outputs of the student and
            of the teacher that are compared, see
            :func:`~..layers.module_hooks.module_outputs`.
        loss_weight (float): Factor of the sum over the pairs. Defaults to 1.
        until (float): Share of the training's epochs after which the loss is
            0 for good. Defaults to 1.
    """

    loss_name = ''
    has_adapters = False

    def __init__(self, pairs: Sequence[tuple[str, str]],
                 loss_weight: float = 1., until: float = 1.) -> None:
        super().__init__()
        self.pairs = [tuple(pair) for pair in pairs]
        self.loss_weight = loss_weight
        self.until = until
        self.adapters = nn.ModuleList(nn.Identity() for _ in pairs)

    @property
    def follows_epochs(self) -> bool:
        """True if the loss ends at an epoch."""
        return self.until < 1

    @property
    def active(self) -> bool:
        """True if the loss counts in the current epoch."""
        return is_before(self.until)

    def build_adapters(self, widths: Sequence[tuple[int, int]]) -> None:
        """Build a Conv1x1 from C_s to C_t for each pair.

        Args:
            widths (Sequence[tuple[int, int]]): C_s and C_t of each pair.
        """
        self.adapters = nn.ModuleList(
            nn.Conv2d(c_s, c_t, 1) for c_s, c_t in widths)

    def forward(self, maps: Maps, label: Tensor) -> Tensor:
        """Return the weighted sum over the pairs.

        Args:
            maps (Maps): Outputs of the pairs.
        """
        # Sums over all positions would overflow float16.
        with torch.autocast(label.device.type, enabled=False):
            return self.loss_weight * sum(
                self._loss(adapter(to_float32(student)), to_float32(teacher),
                           label)
                for adapter, (student, teacher) in zip(self.adapters, maps))

    def zero(self, label: Tensor) -> Tensor:
        """Return 0, which has gradients of 0 for all adapters.

        Parameters without gradients would stop a distributed training.
        """
        return sum((0. * value.sum() for value in self.parameters()),
                   torch.zeros((), device=label.device))

    def _loss(self, student: Tensor, teacher: Tensor, label: Tensor) -> Any:
        raise NotImplementedError


@MODELS.register_module()
class TOMDLoss(DistillationLoss):
    """Divergence of predictions, where the teacher is right.

    T^2 times the mean of :func:`binary_divergence` over the pixels whose
    class the teacher predicts as the label says. One channel of logits z
    counts as the two channels 0 and z.

    Args:
        pairs (Sequence[tuple[str, str]]): Outputs of one or two channels of
            logits; brought to the size of the label.
        loss_weight (float): Defaults to 0.05.
        until (float): Defaults to 1.
        temperature (float): T. Defaults to 6.
    """

    loss_name = 'loss_tomd'

    def __init__(self, pairs: Sequence[tuple[str, str]],
                 loss_weight: float = 0.05, until: float = 1.,
                 temperature: float = 6.) -> None:
        super().__init__(pairs, loss_weight, until)
        self.temperature = temperature

    def _loss(self, student: Tensor, teacher: Tensor, label: Tensor) -> Any:
        z_s, z_t = (
            target_logits(resize(logits, label.shape[-2:], mode='bilinear'))
            for logits in (student, teacher))
        right = ((z_t > 0) == label).to(z_s.dtype)
        values = binary_divergence(z_s, z_t, self.temperature) * right
        return self.temperature**2 * values.sum() / (right.sum() + 1e-6)


@MODELS.register_module()
class SLCDLoss(DistillationLoss):
    """Mean squared difference of the affinities of target regions.

    See :func:`region_affinity`; the maps may have different widths.

    Args:
        pairs (Sequence[tuple[str, str]]): Outputs of the decoders.
        loss_weight (float): Defaults to 1.
        until (float): Defaults to 1.
        reach (int): See :func:`target_regions`. Defaults to 9.
    """

    loss_name = 'loss_slcd'

    def __init__(self, pairs: Sequence[tuple[str, str]],
                 loss_weight: float = 1., until: float = 1.,
                 reach: int = 9) -> None:
        super().__init__(pairs, loss_weight, until)
        self.reach = reach

    def _loss(self, student: Tensor, teacher: Tensor, label: Tensor) -> Any:
        one, other = (
            region_affinity(features, target_regions(
                label, features.shape[-2:], self.reach))
            for features in (student, teacher))
        return F.mse_loss(one, other)


@MODELS.register_module()
class PMIFDLoss(DistillationLoss):
    """Mean squared difference of maps, brought to one width by adapters.

    An adapter is a Conv1x1 with bias that is trained with the student.

    Args:
        pairs (Sequence[tuple[str, str]]): Outputs of encoder, neck, decoder.
            Student maps of another size are resized.
        loss_weight (float): Defaults to 0.005.
        until (float): Defaults to 1.
    """

    loss_name = 'loss_pmifd'
    has_adapters = True

    def __init__(self, pairs: Sequence[tuple[str, str]],
                 loss_weight: float = 0.005, until: float = 1.) -> None:
        super().__init__(pairs, loss_weight, until)

    def _loss(self, student: Tensor, teacher: Tensor, label: Tensor) -> Any:
        if student.shape[-2:] != teacher.shape[-2:]:
            student = resize(student, teacher.shape[-2:], mode='bilinear')
        return F.mse_loss(student, teacher)
