"""Exported files: reading, settings, and running them."""
from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..utils.errors import InputError, first_line
from ..utils.memory import is_out_of_memory
from .export_formats import SETTINGS, check_format
from .openvino_runtime import compile_for_cpu, openvino_core
from .shape_cache import ShapeCache

_KEYS = ('raw', 'output', 'head')
_ADVICE = 'write it by `dstransnet export`'


@dataclasses.dataclass(frozen=True)
class ExportedFile:
    """An exported file that is open.

    Attributes:
        run (Callable): Maps images (N, C, H, W), float32, to the output.
        settings (Mapping): What :func:`export_model` wrote about them.
        shape (tuple): Shape (N, C, H, W) that it takes; None for free axes.
        operators (tuple[str, ...]): Names of its operators; empty where the
            format does not tell.
    """
    run: Callable[[Tensor], Tensor]
    settings: Mapping[str, Any]
    shape: tuple[int | None, ...]
    operators: tuple[str, ...]


def _open_openvino(path: Path) -> tuple:
    graph = openvino_core().read_model(path)
    text = graph.get_rt_info([SETTINGS]).value if graph.has_rt_info(
        [SETTINGS]) else None
    partial = graph.input('images').partial_shape
    shape = tuple(None if axis.is_dynamic else axis.get_length()
                  for axis in partial)
    requests = ShapeCache()

    def compiled(size: list[int]) -> Any:
        # Fixed shapes are faster, also in a file of free ones.
        fixed = graph.clone()
        fixed.reshape(size)
        return compile_for_cpu(fixed).create_infer_request()

    def run(array: np.ndarray) -> np.ndarray:
        request = requests.get(
            array.shape, lambda: compiled(list(array.shape)))
        return request.infer({0: array})[0].copy()

    operators = {op.get_type_name() for op in graph.get_ops()}
    return run, text, shape, operators - {'Constant', 'Parameter', 'Result'}


def _open_onnx(path: Path) -> tuple:
    import onnx
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(
        str(path), options, providers=['CPUExecutionProvider'])
    text = session.get_modelmeta().custom_metadata_map.get(SETTINGS)
    shape = tuple(axis if isinstance(axis, int) else None
                  for axis in session.get_inputs()[0].shape)
    nodes = onnx.load(path).graph.node
    operators = {'.'.join(filter(None, (node.domain, node.op_type)))
                 for node in nodes} - {'Constant'}

    def run(array: np.ndarray) -> np.ndarray:
        return session.run(None, {'images': array})[0]

    return run, text, shape, operators


def _from_torch(network: Any) -> Callable[[np.ndarray], np.ndarray]:
    def run(array: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return network(torch.from_numpy(array)).numpy()

    return run


def _open_torchscript(path: Path) -> tuple:
    extra = {SETTINGS: ''}
    network = torch.jit.load(str(path), 'cpu', _extra_files=extra)
    return _from_torch(network), extra[SETTINGS], None, ()


def _open_torch_export(path: Path) -> tuple:
    extra = {SETTINGS: ''}
    program = torch.export.load(path, extra_files=extra)
    operators = {str(node.target) for node in program.graph.nodes
                 if node.op == 'call_function'}
    return _from_torch(program.module()), extra[SETTINGS], None, operators


_OPENERS = {
    '.xml': ('openvino', _open_openvino),
    '.onnx': ('onnx', _open_onnx),
    '.pt': ('torchscript', _open_torchscript),
    '.pt2': ('torch-export', _open_torch_export),
}
HOLD_CODE = ('.pt', '.pt2')
"""Suffixes of files that may run code when they are read."""


def open_exported(path: str | Path) -> ExportedFile:
    """Open a file that :func:`export_model` wrote.

    Args:
        path (str | Path): The file.

    Raises:
        InputError: If it is missing, damaged or of another program, or a
            package is missing.
    """
    path = Path(path)
    if path.suffix not in _OPENERS:
        raise InputError(f'{path}: expected a file that ends in one of '
                         f'{", ".join(_OPENERS)}')
    if not path.is_file():
        raise InputError(f'model: no file {path}')
    name, opener = _OPENERS[path.suffix]
    check_format(name)
    try:
        run, text, shape, operators = opener(path)
    except Exception as error:  # each runtime raises types of its own
        raise InputError(f'{path}: cannot be read as a file of {name} '
                         f'({first_line(error)})') from error
    settings = _settings(path, text)
    if shape is None:  # PyTorch's formats do not tell
        shape = tuple(settings.get('shape') or (None, ) * 4)

    def run_tensor(images: Tensor) -> Tensor:
        array = np.ascontiguousarray(images.detach().cpu().numpy())
        try:
            output = run(array)
        except Exception as error:  # as above
            if is_out_of_memory(error):
                raise
            raise InputError(f'{path}: cannot run on images of shape '
                             f'{array.shape}: {first_line(error)}') from error
        return torch.from_numpy(output).to(images.device)

    return ExportedFile(run_tensor, settings, shape, tuple(sorted(operators)))


def _settings(path: Path, text: str | None) -> Mapping[str, Any]:
    try:
        settings = json.loads(text or '{}')
    except ValueError as error:
        raise InputError(f'{path}: its settings are no JSON ({error}); '
                         f'{_ADVICE}') from error
    missing = [key for key in _KEYS
               if not isinstance(settings, dict) or key not in settings]
    if missing:
        raise InputError(f'{path}: has no settings {", ".join(missing)} of '
                         f'this project; {_ADVICE}')
    return settings
