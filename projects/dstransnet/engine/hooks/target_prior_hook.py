"""Hook that starts a training at a low probability of targets."""
from __future__ import annotations

import math
import re

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
# Those of them whose inputs are the other outputs.
_FUSED = re.compile(r'(^|\.)(final|fuse_conv)$')


@HOOKS.register_module()
class TargetPriorHook(Hook):
    """Start a training at outputs of a low target probability.

    Targets cover less than a thousandth of an image. A network that starts at
    the probability 0.5 spends its first thousand steps on moving every pixel
    down; meanwhile a loss of overlap hardly sees its targets. So this shifts
    the outputs, side outputs included, to the logit of a small probability by
    the biases of their convolutions; of two outputs for background and
    target, each gets half of it. A resumed training and one with
    ``load_from`` stay as they are. What is set is logged, also where a network
    has no such bias.

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
        """Set the biases."""
        if runner.iter > 0 or runner.cfg.get('load_from') is not None:
            return
        model = runner.model
        names = self.set_biases(
            model.module if is_model_wrapper(model) else model)
        runner.logger.info(
            f'Outputs start at a logit of {self.logit:.1f}: '
            f'{", ".join(names) or "none, no output has a bias"}')

    def set_biases(self, model: nn.Module) -> list[str]:
        """Set the biases of a model's output convolutions.

        Args:
            model (nn.Module): Changed in place.

        Returns:
            list[str]: Names of these convolutions.

        Examples:
            >>> model = nn.ModuleDict(dict(head=nn.Conv2d(3, 1, 1)))
            >>> TargetPriorHook(0.5).set_biases(model)
            ['head']
            >>> model['head'].bias.item()
            0.0
        """
        names = []
        for name, module in model.named_modules():
            if not (isinstance(module, nn.Conv2d) and module.bias is not None
                    and module.out_channels <= 2 and _OUTPUT.search(name)):
                continue
            value = module.bias.new_tensor(
                [self.logit] if module.out_channels == 1 else
                [-self.logit / 2, self.logit / 2])
            with torch.no_grad():
                module.bias.copy_(value)
                if _FUSED.search(name):
                    inputs = value.repeat(module.in_channels // len(value))
                    module.bias.sub_(module.weight.sum((2, 3)) @ inputs)
            names.append(name)
        return names
