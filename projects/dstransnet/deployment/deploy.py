"""Deployment: a segmentor that only predicts, faster, with equal results."""
from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.models.segmentors import EncoderDecoder
from torch import Tensor, nn

from ..utils.dtypes import usable_dtype
from ..utils.errors import InputError
from .network_folding import STEPS, export_deform_convs
from .openvino_runtime import (
    OPENVINO_DTYPES,
    OpenVINORuntime,
    check_openvino,
    openvino_available,
)
from .torch_runtimes import CUDAGraphRuntime, EagerRuntime

RUNTIMES = ('auto', 'torch', 'compile', 'cuda_graph', 'openvino')
"""Runtimes of a deployed network."""


class LogitsNetwork(nn.Module):
    """Backbone, neck and decode head of a segmentor, from images to logits.

    Args:
        model (EncoderDecoder): The segmentor; its modules are shared.

    Shape:
        Input: normalised images (N, C, H, W). Output: logits of the head.
    """

    def __init__(self, model: EncoderDecoder) -> None:
        super().__init__()
        self.backbone = model.backbone
        self.neck = model.neck if model.with_neck else nn.Identity()
        self.decode_head = model.decode_head

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, C, H, W) to logits."""
        return self.decode_head(self.neck(self.backbone(images)))


class RuntimeBackbone(nn.Module):
    """Run the whole network in place of the backbone.

    Args:
        runtime (nn.Module): Maps normalised images (N, C, H, W) to logits.
    """

    def __init__(self, runtime: nn.Module) -> None:
        super().__init__()
        self.runtime = runtime

    def train(self, mode: bool = True) -> RuntimeBackbone:
        """Stay in evaluation mode."""
        # The remaining norms must keep the statistics of training.
        return super().train(False)

    def forward(self, images: Tensor) -> tuple[Tensor]:
        """Return the logits as the only feature map."""
        return (self.runtime(images), )


class RuntimeHead(BaseDecodeHead):
    """Pass on the logits that a runtime computed.

    The base class up-samples and thresholds them with the settings of the
    deployed head.

    Args:
        head (BaseDecodeHead): The head that was deployed.
    """

    def __init__(self, head: BaseDecodeHead) -> None:
        super().__init__(
            in_channels=1,
            channels=1,
            num_classes=head.num_classes,
            out_channels=head.out_channels,
            threshold=head.threshold,
            align_corners=head.align_corners,
            dropout_ratio=0,
            loss_decode=[],
            init_cfg=None)
        self.conv_seg = nn.Identity()

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        """Return the logits, which are the only input."""
        return inputs[-1]


def _refuse_training(*args: Any, **kwargs: Any) -> None:
    raise RuntimeError('a deployed model cannot be trained, as its weights '
                       'are folded; train the model that it was made from')


def is_deployed(model: nn.Module) -> bool:
    """Tell whether a model, or one that it wraps, is deployed already."""
    return any(isinstance(module, RuntimeBackbone)
               for module in model.modules())


def check_deployable(model: nn.Module) -> None:
    """Raise unless a segmentor can be deployed.

    Raises:
        InputError: If it is not a plain EncoderDecoder, overrides how logits
            are computed, has weights in other types than float32, or is
            deployed already.
    """
    if is_deployed(model):
        raise InputError('model: it is deployed already; deploy the one that '
                         'it was made from')
    if not isinstance(model, EncoderDecoder):
        raise InputError('model: expected an mmseg EncoderDecoder, got '
                         f'{type(model).__name__}')
    parts = ((EncoderDecoder, model, ('encode_decode', 'extract_feat')),
             (BaseDecodeHead, model.decode_head,
              ('predict', 'predict_by_feat')))
    for kind, part, methods in parts:
        if not isinstance(part, kind) or any(
                getattr(type(part), name) is not getattr(kind, name)
                for name in methods):
            raise InputError(
                f'model: {type(part).__name__} does not predict as a plain '
                f'{kind.__name__} does, so it cannot be deployed')
    dtypes = {value.dtype for value in model.parameters()
              if value.is_floating_point()}
    if dtypes != {torch.float32}:
        found = ', '.join(sorted(map(str, dtypes))) or 'no weights'
        raise InputError(f'model: expected float32 weights, got {found}')


def frozen_copy(model: EncoderDecoder) -> EncoderDecoder:
    """Return a copy in evaluation mode that refuses to be trained."""
    model = copy.deepcopy(model).eval().requires_grad_(False)
    model.loss = _refuse_training
    return model


def around_runtime(model: EncoderDecoder,
                   runtime: nn.Module) -> EncoderDecoder:
    """Replace the network of a segmentor by a runtime.

    Args:
        model (EncoderDecoder): Changed in place; its network is dropped.
        runtime (nn.Module): Maps normalised images (N, C, H, W) to logits.
    """
    model.backbone = RuntimeBackbone(runtime).eval()
    if model.with_neck:
        del model.neck
    if model.with_auxiliary_head:  # for training alone
        del model.auxiliary_head
    model.decode_head = RuntimeHead(model.decode_head).eval()
    return model


def folded_network(model: EncoderDecoder,
                   steps: Sequence[str] | None = None) -> LogitsNetwork:
    """Apply the steps to a frozen segmentor and return its network.

    Args:
        model (EncoderDecoder): Result of :func:`frozen_copy`; changed in
            place.
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
        dtype (torch.dtype): See :func:`deploy`. Defaults to float32.

    Returns:
        str: The runtime itself, or the choice for ``'auto'``.

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
    """Return a segmentor that predicts faster, with equal results.

    The :data:`STEPS` fold weights and drop the parts that only training
    needs. The fastest runtime available runs the result. Logits differ by
    rounding only. On OpenVINO the first image of every size compiles for some
    seconds; later processes read the compiled network from a disk cache.

    Args:
        model (EncoderDecoder): A segmentor with its weights loaded, on the
            device on which it shall run; not changed. Modules of other
            projects run as they are.
        dtype (torch.dtype): ``torch.float32``, or ``torch.bfloat16`` (the
            results then differ by more than rounding; a CPU without it
            computes in float32, see :func:`.usable_dtype`), or
            ``torch.float16`` (PyTorch's runtimes alone). Defaults to float32.
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
    dtype = usable_dtype(dtype, device)
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
