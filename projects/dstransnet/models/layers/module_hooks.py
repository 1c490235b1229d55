"""Hooks on modules: their detection, and outputs recorded by them."""
from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from torch import Tensor, nn

from ...utils.errors import InputError


def has_hooks(layer: nn.Module) -> bool:
    """Tell whether forward or backward hooks are registered on a layer.

    Some convolutions of the network are computed from their weights in a
    faster form, in which the layer itself is not called. Profilers, operation
    counters, Grad-CAM and pruning hook on the layer: it is called then, and
    results differ by rounding only.

    Examples:
        >>> layer = nn.ReLU()
        >>> hook = layer.register_forward_hook(print)
        >>> has_hooks(layer), has_hooks(nn.ReLU())
        (True, False)
    """
    return bool(layer._forward_hooks or layer._forward_pre_hooks
                or layer._backward_hooks or layer._backward_pre_hooks)


@contextmanager
def module_outputs(model: nn.Module,
                   names: Iterable[str]) -> Iterator[dict[str, Tensor]]:
    """Record what named modules return while the context is open.

    A module that runs several times counts with its last output.

    Args:
        names (Iterable[str]): Paths as in ``named_modules``. ``'neck[1]'``
            is the second one of several outputs of ``neck``,
            ``'backbone[out]'`` the one with the key ``out``.

    Yields:
        dict[str, Tensor]: Outputs by name; filled by the forward pass.

    Raises:
        InputError: If the model has no such module, or, during the forward
            pass, the module no such output.

    Examples:
        >>> import torch
        >>> model = nn.Sequential(nn.Identity(), nn.ReLU())
        >>> with module_outputs(model, ['1']) as found:
        ...     _ = model(torch.tensor([-1., 2.]))
        >>> found
        {'1': tensor([0., 2.])}
    """
    modules = dict(model.named_modules())
    found: dict[str, Tensor] = {}
    with ExitStack() as hooks:
        for name in names:
            path, key = _split(name)
            if path not in modules:
                raise InputError(f'expected the name of a module of the '
                                 f'{type(model).__name__}, got {path!r}')

            def keep(module: nn.Module, inputs: Any, output: Any,
                     name: str = name, key: str | int | None = key) -> None:
                try:
                    found[name] = output if key is None else output[key]
                except (LookupError, TypeError) as error:
                    raise InputError(f'{name}: the module has no such output '
                                     f'({error})') from error

            hooks.callback(
                modules[path].register_forward_hook(keep).remove)
        yield found


def _split(name: str) -> tuple[str, str | int | None]:
    """Return the path of a module and the key of one of its outputs."""
    match = re.fullmatch(r'(.*)\[(\w+)\]', name)
    if match is None:
        return name, None
    path, key = match.groups()
    return path, int(key) if key.isdigit() else key
