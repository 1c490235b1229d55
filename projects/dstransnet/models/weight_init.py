"""Initialisation of the authors' release."""
from __future__ import annotations

from mmengine.model.weight_init import update_init_info
from mmengine.registry import WEIGHT_INITIALIZERS
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


@WEIGHT_INITIALIZERS.register_module()
class DSTransNetInit:
    """Initialise a module as the release of DSTransNet does.

    - weights of every ``Conv2d`` (the offset predictors included) and
      ``Linear``: Kaiming-normal, fan-in, a = 0;
    - batch norms: weight N(1, 0.02), bias 0;
    - all biases, the weight of the deformable convolution itself, ``Conv1d``
      and layer norms: PyTorch's default.

    mmengine's ``Kaiming`` initialiser is close, but sets biases to 0.
    """

    def __call__(self, module: nn.Module) -> None:
        """Initialise ``module`` and its children in place."""
        for child in module.modules():
            if isinstance(child, (nn.Conv2d, nn.Linear)):
                child.reset_parameters()
                nn.init.kaiming_normal_(child.weight, a=0, mode='fan_in')
            elif isinstance(child, _BatchNorm):
                nn.init.normal_(child.weight, 1.0, 0.02)
                nn.init.zeros_(child.bias)
        if hasattr(module, '_params_init_info'):
            update_init_info(module, init_info='DSTransNetInit')


