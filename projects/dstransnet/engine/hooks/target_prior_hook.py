"""Hook that starts a training at a low probability of targets."""
from __future__ import annotations

import math
import re
from collections.abc import Mapping

import torch
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from mmseg.registry import HOOKS
from torch import nn

from ...utils.errors import InputError

# Names of output convolutions in the networks here and the heads of mmseg.
_OUTPUT = re.compile(
    r'(^|\.)(head|heads|cls|final|conv_seg|side_convs|fuse_conv)(\.\d+)*$')
# Those of them whose inputs may be the other outputs.
_FUSED = re.compile(r'(^|\.)(final|fuse_conv)$')


@torch.no_grad()
def start_as_mean(conv: nn.Conv2d) -> None:
    """Make a convolution of outputs return their mean.

    Random weights have the wrong sign for some outputs. Training can then
    make the fused output right by making these wrong, against their own loss.

    Args:
        conv (nn.Conv2d): C out of k * C channels, k outputs one after the
            other. Changed in place.
    """
    count = conv.in_channels // conv.out_channels
    centre = [size // 2 for size in conv.kernel_size]
    same_channel = torch.eye(
        conv.out_channels, device=conv.weight.device).repeat(1, count)
    conv.weight.zero_()
    conv.weight[:, :, centre[0], centre[1]] = same_channel / count
    if conv.bias is not None:
        conv.bias.zero_()


@HOOKS.register_module()
class TargetPriorHook(Hook):
    """Start a training at outputs of a low target probability.

    Targets cover less than a thousandth of an image. A network that starts at
    the probability 0.5 spends its first thousand steps on moving every pixel
    down; meanwhile a loss of overlap hardly sees its targets. So this shifts
    the outputs, side outputs included, to the logit of a small probability by
    the biases of their convolutions; of two outputs for background and
    target, each gets half of it. A fused output starts as the mean of those
    that it is made of (:func:`start_as_mean`). A resumed training, one with
    ``load_from`` and modules with an ``init_cfg`` of type ``Pretrained`` stay
    as they are. What is set is logged, also where a network has no such bias.

    Args:
        probability (float): Between 0 and 1. Defaults to 0.018, a logit of
            -4.

    Raises:
        InputError: If the probability is not between 0 and 1.

    Reference:
        Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017,
        section 4.1.
    """

    def __init__(self, probability: float = 0.018) -> None:
        if not 0 < probability < 1:
            raise InputError('probability: expected a number between 0 and 1, '
                             f'got {probability}')
        self.logit = math.log(probability / (1 - probability))

    def before_train(self, runner: Runner) -> None:
        """Start the outputs of a new training."""
        if runner.iter > 0 or runner.cfg.get('load_from') is not None:
            return
        model = runner.model
        names = self.start_outputs(
            model.module if is_model_wrapper(model) else model)
        runner.logger.info(
            f'Outputs start at a logit of {self.logit:.1f}: '
            f'{", ".join(names) or "none, no new output has a bias"}')

    def start_outputs(self, model: nn.Module) -> list[str]:
        """Set biases of output convolutions, and weights of those that fuse.

        Args:
            model (nn.Module): Changed in place.

        Returns:
            list[str]: Names of these convolutions.

        Examples:
            >>> model = nn.ModuleDict(dict(head=nn.Conv2d(3, 1, 1)))
            >>> TargetPriorHook(0.5).start_outputs(model)
            ['head']
            >>> model['head'].bias.item()
            0.0
        """
        loaded = tuple(
            f'{name}.' if name else '' for name, module in
            model.named_modules() if _is_pretrained(module))
        outputs = {
            name: module for name, module in model.named_modules()
            if isinstance(module, nn.Conv2d) and module.out_channels <= 2
            and _OUTPUT.search(name)}
        names = []
        for name, module in outputs.items():
            if module.bias is None or name.startswith(loaded):
                continue
            if _FUSED.search(name) and _inputs_are_outputs(name, outputs):
                start_as_mean(module)
            else:
                value = [self.logit] if module.out_channels == 1 else [
                    -self.logit / 2, self.logit / 2]
                with torch.no_grad():
                    module.bias.copy_(module.bias.new_tensor(value))
            names.append(name)
        return names


def _is_pretrained(module: nn.Module) -> bool:
    settings = getattr(module, 'init_cfg', None) or []
    return any(each.get('type') == 'Pretrained' for each in (
        [settings] if isinstance(settings, dict) else settings))


def _inputs_are_outputs(name: str, outputs: Mapping[str, nn.Conv2d]) -> bool:
    """Tell whether a convolution has a channel for each other output."""
    network = name[:name.rfind('.') + 1]
    return outputs[name].in_channels == sum(
        conv.out_channels for other, conv in outputs.items()
        if other != name and other.startswith(network))
