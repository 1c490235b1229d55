"""From a trained segmentor to one that only predicts, and does so fast."""
from __future__ import annotations

from collections.abc import Sequence

import torch
from mmseg.models.segmentors import EncoderDecoder
from torch import nn

from ..utils.errors import InputError
from .conversion_steps import STEPS, export_deform_convs
from .logits_network import (
    LogitsNetwork,
    around_runtime,
    check_deployable,
    frozen_copy,
)
from .openvino_runtime import (
    OPENVINO_DTYPES,
    OpenVINORuntime,
    check_openvino,
    openvino_available,
)
from .torch_runtimes import CUDAGraphRuntime, EagerRuntime

RUNTIMES = ('auto', 'torch', 'compile', 'cuda_graph', 'openvino')
"""What can run a deployed network."""


def folded_network(model: EncoderDecoder,
                   steps: Sequence[str] | None = None) -> LogitsNetwork:
    """Return the network of a frozen segmentor after the steps.

    Args:
        model (EncoderDecoder): As of :func:`frozen_copy`; changed in place.
        steps (Sequence[str], optional): Names in :data:`STEPS`. Defaults to
            all of them.

    Raises:
        InputError: If there is no step of a name.
    """
    unknown = set(steps or ()) - set(STEPS)
    if unknown:
        raise InputError(f'steps: expected some of {list(STEPS)}, got '
                         f'{sorted(unknown)}')
    for name, step in STEPS.items():
        if steps is None or name in steps:
            step(model)
    return LogitsNetwork(model).eval()


def choose_runtime(runtime: str, device: torch.device | str,
                   dtype: torch.dtype = torch.float32) -> str:
    """Return the runtime that a name stands for.

    Args:
        runtime (str): One of :data:`RUNTIMES`.
        device (torch.device | str): Where the model is.
        dtype (torch.dtype): As of :func:`deploy`. Defaults to float32.

    Returns:
        str: The same, or for ``'auto'`` what it chooses.

    Raises:
        InputError: If there is no such runtime, or it cannot run on the
            device or in the dtype, or is not installed.

    Examples:
        >>> choose_runtime('auto', 'cuda')
        'torch'
    """
    if runtime not in RUNTIMES:
        raise InputError(f'runtime: expected one of {RUNTIMES}, got '
                         f'{runtime!r}')
    kind = torch.device(device).type
    if runtime == 'auto':
        fits = (kind == 'cpu' and dtype in OPENVINO_DTYPES
                and openvino_available())
        return 'openvino' if fits else 'torch'
    needed = dict(openvino='cpu', cuda_graph='cuda').get(runtime, kind)
    if kind != needed:
        raise InputError(f'runtime: {runtime!r} needs a model on device '
                         f"'{needed}', this one is on '{device}'")
    if runtime == 'openvino':
        check_openvino(dtype)
    return runtime


def deploy(model: EncoderDecoder,
           *,
           dtype: torch.dtype = torch.float32,
           runtime: str = 'auto',
           steps: Sequence[str] | None = None) -> EncoderDecoder:
    """Return a segmentor of the same results that predicts faster.

    The :data:`STEPS` compute what follows from the weights alone once and
    drop what only training needs, and the rest runs on the fastest runtime at
    hand. Logits differ by rounding only. The first image of every size
    compiles for some seconds on OpenVINO.

    Args:
        model (EncoderDecoder): A segmentor with its weights loaded, on the
            device on which it shall run; it stays as it is. Modules that are
            not of this project run unchanged.
        dtype (torch.dtype): ``torch.float32``, or ``torch.bfloat16`` where
            the processor is fast in it (the results then differ by more than
            rounding), or ``torch.float16`` (PyTorch's runtimes alone).
            Defaults to float32.
        runtime (str): ``'torch'``, ``'compile'`` (torch.compile),
            ``'cuda_graph'``, ``'openvino'``, or ``'auto'``: OpenVINO on the
            CPU where it is installed, else torch. Defaults to ``'auto'``.
        steps (Sequence[str], optional): Names of the steps to apply, for
            measuring them. Defaults to all.

    Returns:
        EncoderDecoder: A segmentor with the methods of ``model`` except
        training.

    Raises:
        InputError: If ``model`` is no plain segmentor in float32, or the
            runtime cannot run here.

    Examples:
        >>> from mmseg.apis import init_model  # doctest: +SKIP
        >>> model = deploy(init_model(config, checkpoint))  # doctest: +SKIP
    """
    check_deployable(model)
    device = next(model.parameters()).device
    runtime = choose_runtime(runtime, device, dtype)
    model = frozen_copy(model)
    network = folded_network(model, steps)
    if runtime == 'openvino':
        export_deform_convs(network)
        return around_runtime(model, OpenVINORuntime(network, dtype))
    running: nn.Module = EagerRuntime(network, dtype, runtime == 'compile')
    if runtime == 'cuda_graph':
        running = CUDAGraphRuntime(running)
    return around_runtime(model, running)
