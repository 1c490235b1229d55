"""Conversion of checkpoints of the releases to this project's names."""
from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from ..checkpoint.reading import OtherNetworkError, check_state_dict
from ..utils.text import first_few
from .networks import list_networks, network_info


def rename_official(key: str, renamed: Sequence[tuple[str, str]]) -> str:
    r"""Return this project's name of a key of a release.

    Args:
        key (str): The key, without prefixes of wrappers.
        renamed (Sequence[tuple[str, str]]): See :class:`NetworkInfo`.

    Examples:
        >>> rename_official('layer1.0.conv1.weight', [(r'conv(\d)', 'c#1')])
        'layer1.0.c0.weight'
    """
    for pattern, replacement in renamed:
        key = re.sub(pattern, partial(_fill, replacement=replacement), key)
    return key


def _fill(match: re.Match, replacement: str) -> str:
    """Return the replacement of a match, with its references expanded."""
    return re.sub(r'([\\#~])(\d)', partial(_expand, groups=match.groups()),
                  replacement)


def _expand(reference: re.Match, groups: Sequence[str]) -> str:
    r"""Return group n of a key: ``\n`` as it is, ``#n`` counted from 0 instead
    of 1, ``~n`` counted from the coarsest scale, 4, instead of the finest.
    """
    group = groups[int(reference[2]) - 1]
    if reference[1] == '#':
        return str(int(group) - 1)
    if reference[1] == '~':
        return str(4 - int(group))
    return group


def _unwrap(checkpoint: Mapping) -> dict[str, Tensor]:
    """Return the bare state dict of a nested or prefixed checkpoint."""
    state = checkpoint
    while isinstance(state, Mapping) and 'state_dict' in state:
        state = state['state_dict']
    if not isinstance(state, Mapping) or not state:
        raise ValueError('the checkpoint holds no state dict: expected a '
                         f'mapping of names to tensors, got {type(state)}')
    others = [key for key in state if not isinstance(key, str)]
    if others:
        raise ValueError('the checkpoint holds no state dict: expected names '
                         f'of tensors, got {others[0]!r}')
    state = dict(state)
    while True:  # wrappers may be nested in any order
        prefix = next(
            (each for each in ('module.', 'model.')
             if all(key.startswith(each) for key in state)), None)
        if prefix is None:
            return state
        state = {key[len(prefix):]: value for key, value in state.items()}


def convert_official(checkpoint: Mapping,
                     network: str = 'dstransnet',
                     segmentor: bool = False) -> dict[str, Tensor]:
    """Rename the state dict of a release for the network of this project.

    Args:
        checkpoint (Mapping): The release's state dict, plain, nested under
            ``'state_dict'``, and / or with the prefix ``'module.'`` or
            ``'model.'`` on every key.
        network (str): A name in :func:`list_networks`. Defaults to
            ``'dstransnet'``, whose names are those of the segmentor.
        segmentor (bool): Whether to name the weights as mmseg's
            ``EncoderDecoder`` around :class:`NetworkBackbone` does, instead
            of as ``build_network(network)``. Defaults to False.

    Returns:
        dict[str, Tensor]: State dict of the network, side outputs included;
        tensors are shared with the input, wavelet scales reshaped.

    Raises:
        ValueError: If there is no state dict.
        KeyError: If there is no such network, a key belongs neither to it
            nor to the dropped ones, or one of its keys is missing. The
            message has the first three of them.

    Examples:
        >>> convert_official({'Encoder.weight': None})
        Traceback (most recent call last):
            ...
        KeyError: "no place for official key(s): ['Encoder.weight']"
    """
    live = _own_state(network)
    converted, unplaced = _renamed(_unwrap(checkpoint), network, live)
    if unplaced:
        raise KeyError(f'no place for official key(s): {_listing(unplaced)}')
    missing = sorted(live.keys() - converted.keys())
    if missing:
        raise KeyError(f'the official state dict lacks: {_listing(missing)}')
    if segmentor and not network.startswith('dstransnet'):
        prefix = 'backbone.network.'
        return {prefix + name: value for name, value in converted.items()}
    return converted


def fitting_networks(checkpoint: Mapping) -> list[str]:
    """Return the networks whose releases have these names and shapes.

    Args:
        checkpoint (Mapping): See :func:`convert_official`.

    Raises:
        ValueError: If there is no state dict.
    """
    state, found = _unwrap(checkpoint), []
    for info in list_networks():
        live = _own_state(info.name)
        converted, unplaced = _renamed(state, info.name, live)
        if not unplaced and live.keys() == converted.keys() and all(
                value.shape == live[name].shape
                for name, value in converted.items()):
            found.append(info.name)
    return found


def check_weights(state_dict: Mapping[str, Tensor], model: nn.Module,
                  name: str) -> dict[str, Tensor]:
    """Return what :func:`.check_state_dict` does.

    Raises:
        InputError: As there. Where the weights are of another network, the
            message also has the networks here that they fit.
    """
    try:
        return check_state_dict(state_dict, model, name)
    except OtherNetworkError as error:
        inner = 'backbone.network.'  # of NetworkBackbone
        names = state_dict and fitting_networks({
            key.removeprefix('module.').removeprefix(inner): value
            for key, value in state_dict.items()})
        if not names:
            raise
        raise OtherNetworkError(
            f'{error}; its keys fit {" or ".join(names)} '
            '(official_to_mmseg.py converts releases)') from error


def _own_state(network: str) -> dict[str, Tensor]:
    """Return the names and shapes of a network's state dict."""
    with torch.device('meta'):
        return network_info(network).build().state_dict()


def _renamed(state: Mapping[str, Tensor], network: str,
             live: Mapping[str, Tensor]) -> tuple[dict[str, Tensor],
                                                  list[str]]:
    """Return the values by this project's names, and keys without a place."""
    info = network_info(network)
    converted: dict[str, Tensor] = {}
    unplaced = []
    for key, value in state.items():
        if any(re.fullmatch(pattern, key) for pattern in info.dropped):
            continue
        name = rename_official(key, info.renamed)
        if name not in live:
            unplaced.append(key)
        elif '_scale' in name and isinstance(value, Tensor):
            converted[name] = value.reshape(-1, 1, 1, 1)
        else:
            converted[name] = value
    return converted, unplaced


def _listing(keys: Sequence[str]) -> str:
    """List the first three keys, and the number of the others."""
    return f'[{first_few(map(repr, keys), 3)}]'
