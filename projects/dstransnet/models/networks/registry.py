"""The networks by name: building and listing them."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from ...utils.text import did_you_mean


@dataclass(frozen=True)
class NetworkInfo:
    """Facts of a registered network.

    Args:
        name (str): Its name here.
        build (Callable): Builds it from keyword arguments.
        parameters (int): Trained values.
        macs (int): Multiply-accumulate operations of convolutions and matrix
            products for one image of 256 x 256 pixels at inference.
        reference (str): Where it was published.
        license (str): Licence of the release that it follows.
        activation (str): What makes probabilities of its logits: ``'sigmoid'``
            for every channel, or ``'softmax'`` over the channels. The last
            channel is the target's.
        renamed (tuple): Pairs of a pattern in a key of the release's state
            dict and its replacement, applied in turn. ``#n`` in a replacement
            is group n counted from 0 instead of 1, ``~n`` is 4 minus it.
        dropped (tuple): Patterns of whole keys of the release that have no
            place here.
    """

    name: str
    build: Callable[..., nn.Module]
    parameters: int
    macs: int
    reference: str
    license: str
    activation: str = 'sigmoid'
    renamed: tuple[tuple[str, str], ...] = ()
    dropped: tuple[str, ...] = ()


_NETWORKS: dict[str, NetworkInfo] = {}


def register_network(name: str, build: Callable[..., nn.Module],
                     **facts: Any) -> None:
    """Register a network by name.

    Args:
        build (Callable): Builds it from keyword arguments.
        **facts: The other fields of :class:`NetworkInfo`.
    """
    _NETWORKS[name] = NetworkInfo(name, build, **facts)


def network_info(name: str) -> NetworkInfo:
    """Return the facts of a network.

    Args:
        name (str): One of the names in :func:`list_networks`.

    Raises:
        KeyError: If there is no network of that name.
    """
    if name not in _NETWORKS:
        raise KeyError(f'network: there is no {name!r}; '
                       f'{did_you_mean(name, _NETWORKS)}')
    return _NETWORKS[name]


def build_network(name: str, **overrides: Any) -> nn.Module:
    """Build a network in plain PyTorch, with its release's initialisation.

    ``network(images)`` maps normalised images (N, C, H, W) to logits (N, 1
    or 2, H, W). ``network(images, sides=True)`` returns the logits and a dict
    of the named side outputs, which only training needs.

    Args:
        name (str): One of the names in :func:`list_networks`.
        **overrides: Arguments of the network's class, instead of the paper's
            constants.

    Returns:
        nn.Module: The network, in training mode. Its ``in_channels`` is C.

    Raises:
        KeyError: If there is no network of that name.

    Examples:
        >>> import torch
        >>> network = build_network('acm').eval()
        >>> network(torch.rand(1, 1, 32, 48)).shape
        torch.Size([1, 1, 32, 48])
    """
    return network_info(name).build(**overrides)


def list_networks() -> list[NetworkInfo]:
    """Return the facts of all networks, ordered by name.

    Examples:
        >>> 'acm' in [network.name for network in list_networks()]
        True
    """
    return [_NETWORKS[name] for name in sorted(_NETWORKS)]
