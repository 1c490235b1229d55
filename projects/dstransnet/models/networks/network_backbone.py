"""Any registered network in the place of a segmentor's backbone."""
from __future__ import annotations

from typing import Any

from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor

from ..layers import grey_channel
from .registry import build_network, network_info


@MODELS.register_module()
class NetworkBackbone(BaseModule):
    """A whole network by name, for :class:`LogitsHead` behind it.

    Networks of one channel take the middle one of images with three, which
    are equal in grey images. Of two channels of logits one is made whose
    sigmoid is the target's probability: the difference, where the network's
    probabilities are a softmax, else the target's own.

    Args:
        network (str): One of the names in :func:`list_networks`.
        init_cfg (dict, optional): Defaults to the release's initialisation.
        **overrides: See :func:`build_network`.

    Shape:
        Input: normalised images (N, C, H, W). Output: a dict with the logits
        ``out`` (N, 1, H, W); in training also the network's side outputs, and
        ``image``, what the network took.

    Raises:
        KeyError: If there is no network of that name.
    """

    def __init__(self,
                 network: str,
                 init_cfg: dict | list[dict] | None = None,
                 **overrides: Any) -> None:
        super().__init__(init_cfg)
        self.network: Any = build_network(network, **overrides)
        self.softmax = network_info(network).activation == 'softmax'

    def _target(self, logits: Tensor) -> Tensor:
        target = logits[:, -1:]
        return target - logits[:, :1] if self.softmax else target

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Return the maps of logits by name."""
        images = grey_channel(images, self.network.in_channels)
        if not self.training:
            return dict(out=self._target(self.network(images)))
        logits, sides = self.network(images, sides=True)
        outputs = {name: self._target(side) for name, side in sides.items()}
        return dict(outputs, out=self._target(logits), image=images)
