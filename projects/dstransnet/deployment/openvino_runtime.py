"""The deployed network compiled by OpenVINO for the CPU."""
from __future__ import annotations

import copy
import functools
import importlib.util
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..utils.errors import InputError, first_line
from ..utils.memory import is_out_of_memory
from .compiled_cache import (
    cache_folder,
    load_compiled,
    network_key,
    store_compiled,
)
from .shape_cache import ShapeCache
from .torch_runtimes import EagerRuntime

OPENVINO_DTYPES = (torch.float32, torch.bfloat16)
"""Types in which the runtime computes."""


def openvino_available() -> bool:
    """Tell whether OpenVINO is installed."""
    return importlib.util.find_spec('openvino') is not None


def check_openvino(dtype: torch.dtype = torch.float32) -> None:
    """Raise unless OpenVINO can run here.

    Args:
        dtype (torch.dtype): In which it is to compute. Defaults to float32.

    Raises:
        InputError: If it is not installed, or computes in other types.
    """
    if not openvino_available():
        raise InputError("runtime: 'openvino' needs the package openvino: "
                         'pip install openvino')
    if dtype not in OPENVINO_DTYPES:
        raise InputError("runtime: 'openvino' computes in float32 or bfloat16 "
                         f'here, got {dtype}')


def cpu_settings() -> dict[str, Any]:
    """Return the settings by which OpenVINO compiles for the CPU."""
    return {
        'INFERENCE_NUM_THREADS': torch.get_num_threads(),
        # Types as in the model, here and on other processors.
        'INFERENCE_PRECISION_HINT': 'f32',
        'PERFORMANCE_HINT': 'LATENCY',
    }


@functools.cache
def openvino_core() -> Any:
    """Return the ``openvino.Core`` of this process.

    There is only one, and it is never released. On processors with matrix
    units the CPU plugin of a Core replaces the stack of Python's signal
    handlers and restores the previous one when it is released. With several
    Cores that one may be freed memory, and the next signal (Ctrl-C, the end
    of a data loader's worker) then kills the process.
    """
    import openvino
    return openvino.Core()


def compile_for_cpu(graph: Any) -> Any:
    """Return a model compiled for the CPU.

    Args:
        graph (openvino.Model): Of fixed shape.
    """
    settings = cpu_settings()
    # The code that OpenVINO 2026.4 generates for sums of group norms, as in
    # SegNeXt's head, kills the process. Its own operators compute the same.
    if any(op.get_type_name() == 'GroupNormalization'
           for op in graph.get_ops()):
        settings['SNIPPETS_MODE'] = 'DISABLE'
    return openvino_core().compile_model(graph, 'CPU', settings)


def _rounded(network: nn.Module, dtype: torch.dtype) -> nn.Module:
    """Return a copy whose weights are rounded to a dtype.

    OpenVINO rounds constants to bfloat16 towards 0, which makes all weights
    smaller. Weights that are bfloat16 values already do not change.
    """
    network = copy.deepcopy(network)
    for weight in network.parameters():
        weight.data = weight.data.to(dtype).to(weight.dtype)
    return network


def openvino_model(network: nn.Module,
                   shape: Sequence[int],
                   dtype: torch.dtype = torch.float32,
                   dynamic: bool = False) -> Any:
    """Return a network as a model of OpenVINO.

    Args:
        network (nn.Module): Maps images (N, C, H, W) to one tensor, in
            evaluation mode, on the CPU, traceable.
        shape (Sequence[int]): Shape (N, C, H, W) of the images.
        dtype (torch.dtype): Type of convolutions and products, see
            :class:`EagerRuntime`. Defaults to float32.
        dynamic (bool): Whether batch, height and width are free. Defaults to
            False, the model takes this shape alone.

    Returns:
        openvino.Model: Its input is called ``images``, its output ``logits``.

    Raises:
        InputError: If the network cannot take images of that shape.
    """
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder
    example = torch.zeros(tuple(shape))
    # Traced autocast keeps sampling positions in float32; OpenVINO's own
    # bfloat16 would round them too.
    network = EagerRuntime(_rounded(network, dtype), dtype)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter('ignore')  # of tracing: sizes are fixed
        try:
            traced = torch.jit.trace(network, example, check_trace=False)
        except (RuntimeError, ValueError) as error:
            if is_out_of_memory(error):
                raise
            raise InputError('images: the network cannot take images of shape '
                             f'{tuple(shape)}: {first_line(error)}') from error
        # Not by openvino.convert_model, which reports its use to Intel.
        decoder = TorchScriptPythonDecoder(traced, example_input=example)
        frontend = FrontEndManager().load_by_framework('pytorch')
        model = frontend.convert(frontend.load(decoder))
    model.reshape([-1, shape[1], -1, -1] if dynamic else list(shape))
    model.inputs[0].set_names({'images'})
    model.outputs[0].set_names({'logits'})
    return model


def _clear_cache(runtime: Any, incompatible_keys: Any) -> None:
    runtime.compiled.clear()


def _compiled(network: nn.Module, shape: tuple[int, ...],
              dtype: torch.dtype) -> Any:
    """Return a compiled network, from the disk cache if it is there."""
    key, settings = None, cpu_settings()
    if cache_folder() is not None:
        key = network_key(network, shape, dtype, settings)
    stored = load_compiled(key) if key else None
    if stored is not None:
        try:
            return openvino_core().import_model(stored, 'CPU', settings)
        except RuntimeError as error:  # of another build of OpenVINO
            if is_out_of_memory(error):
                raise
    compiled = compile_for_cpu(openvino_model(network, shape, dtype))
    if key:
        store_compiled(key, compiled.export_model().getvalue())
    return compiled


class OpenVINORuntime(nn.Module):
    """Run a network by OpenVINO, compiled once for every input shape.

    Fixed shapes let it plan the memory and compute what depends on the size
    beforehand. Compiled forms are kept on the disk for later processes
    (:mod:`.compiled_cache`). Weights are copied into each compiled form,
    which runs on as many threads as torch does when it is compiled.

    Args:
        network (nn.Module): Maps images (N, C, H, W) to one tensor, in
            evaluation mode, on the CPU, traceable.
        dtype (torch.dtype): ``torch.float32``, or ``torch.bfloat16``, which
            pays on processors with matrix units for it. Defaults to float32.

    Raises:
        InputError: If OpenVINO is not installed, or the dtype is another.
    """

    def __init__(self,
                 network: nn.Module,
                 dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        check_openvino(dtype)
        self.network = network
        self.dtype = dtype
        self.compiled = ShapeCache()
        # Compiled forms hold copies of the weights.
        self.register_load_state_dict_post_hook(_clear_cache)

    def _compile(self, shape: tuple[int, ...]) -> Any:
        return _compiled(
            self.network, shape, self.dtype).create_infer_request()

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, C, H, W), float32 on the CPU, to the logits."""
        if images.device.type != 'cpu' or images.dtype != torch.float32:
            raise InputError(
                'images: a model deployed on OpenVINO takes float32 images '
                f'on the CPU, got {images.dtype} on {images.device}')
        shape = tuple(images.shape)
        request = self.compiled.get(shape, lambda: self._compile(shape))
        array = np.ascontiguousarray(images.detach().numpy())
        return torch.from_numpy(request.infer({0: array})[0].copy())
