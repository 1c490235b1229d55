"""Writers of exported files, one for each format.

Each takes the network, a path, the input shape and the settings that the file
carries (see :mod:`.exported_file`), and writes the file.
"""
from __future__ import annotations

import importlib.util
import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from ..utils.errors import InputError, first_line
from ..utils.memory import is_out_of_memory
from .exported_network import ExportedNetwork
from .openvino_runtime import openvino_model

SUFFIXES = {
    'openvino': '.xml',
    'onnx': '.onnx',
    'torchscript': '.pt',
    'torch-export': '.pt2'
}
"""Formats and the suffixes of their files."""

SETTINGS = 'dstransnet'
"""Name under which a file carries its settings, as JSON."""

OPSET = 17
"""Version of ONNX's operators, 16 being the first with GridSample."""

_PACKAGES = {
    'openvino': ('openvino', ),
    'onnx': ('onnx', 'onnxruntime')
}
_FREE_AXES = {0: 'batch', 2: 'height', 3: 'width'}


def check_format(name: str) -> None:
    """Raise unless files of a format can be written and checked here.

    Raises:
        InputError: If there is no such format, or a package is missing.
    """
    if name not in SUFFIXES:
        raise InputError(f'format: expected one of {", ".join(SUFFIXES)}, '
                         f'got {name!r}')
    missing = [package for package in _PACKAGES.get(name, ())
               if importlib.util.find_spec(package) is None]
    if missing:
        raise InputError(f'format: {name!r} needs packages that are not '
                         f'installed: pip install {" ".join(missing)}')


def write_openvino(network: ExportedNetwork, path: Path, shape: Sequence[int],
                   settings: Mapping[str, Any], dynamic: bool) -> None:
    """Write ``NAME.xml`` and ``NAME.bin``.

    Normalisation and threshold are also in the section ``model_info``, under
    the names that OpenVINO's tools read.
    """
    import openvino
    graph = openvino_model(network, shape, dynamic=dynamic)
    graph.outputs[0].set_names({settings['output']})
    graph.set_rt_info(json.dumps(settings), [SETTINGS])
    for name, value in settings['model_info'].items():
        graph.set_rt_info(value, ['model_info', name])
    openvino.save_model(graph, path, compress_to_fp16=settings['half'])


def write_onnx(network: ExportedNetwork, path: Path, shape: Sequence[int],
               settings: Mapping[str, Any], dynamic: bool) -> None:
    """Write one file of ONNX's standard operators."""
    import onnx
    output = settings['output']
    axes = {'images': _FREE_AXES, output: _FREE_AXES} if dynamic else None
    torch.onnx.export(
        network, (torch.zeros(tuple(shape)), ), str(path),
        input_names=['images'], output_names=[output], opset_version=OPSET,
        # Folding would turn weights of 16 bits into float32.
        do_constant_folding=not settings['half'],
        # The newer exporter needs onnxscript.
        dynamo=False, dynamic_axes=axes)
    model = onnx.load(path)
    onnx.helper.set_model_props(model, {SETTINGS: json.dumps(settings)})
    onnx.checker.check_model(model)
    onnx.save(model, path)


def write_torchscript(network: ExportedNetwork, path: Path,
                      shape: Sequence[int], settings: Mapping[str, Any],
                      dynamic: bool) -> None:
    """Write a trace, which fits other sizes if the network does."""
    with torch.no_grad():
        trace = torch.jit.trace(
            network, torch.zeros(tuple(shape)), check_trace=False)
    trace.save(str(path), _extra_files={SETTINGS: json.dumps(settings)})


def write_torch_export(network: ExportedNetwork, path: Path,
                       shape: Sequence[int], settings: Mapping[str, Any],
                       dynamic: bool) -> None:
    """Write an ``ExportedProgram``, of a fixed shape."""
    if dynamic:  # its guards would refuse some sizes
        raise InputError('dynamic: files of torch-export take one shape; '
                         'write a .pt, .onnx or .xml file')
    with torch.no_grad():
        program = torch.export.export(network, (torch.zeros(tuple(shape)), ))
    torch.export.save(
        program, path, extra_files={SETTINGS: json.dumps(settings)})


_WRITERS: dict[str, Callable[..., None]] = {
    'openvino': write_openvino,
    'onnx': write_onnx,
    'torchscript': write_torchscript,
    'torch-export': write_torch_export,
}


def write_format(name: str, network: ExportedNetwork, path: Path,
                 shape: Sequence[int], settings: Mapping[str, Any],
                 dynamic: bool) -> None:
    """Write a network in one of the formats.

    Args:
        name (str): One of :data:`SUFFIXES`.
        network (ExportedNetwork): On the CPU.
        path (Path): File to write.
        shape (Sequence[int]): Shape (N, C, H, W) of the images.
        settings (Mapping): What the file carries, as JSON.
        dynamic (bool): Whether batch, height and width are free.

    Raises:
        InputError: If the network cannot take that shape, or the format not
            the network.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # of tracing: sizes are fixed
            _WRITERS[name](network, path, shape, settings, dynamic)
    except InputError:
        raise
    # The exporters raise errors of many types.
    except Exception as error:
        if is_out_of_memory(error):
            raise
        raise InputError(
            f'images: the network cannot be written as {name} for images of '
            f'shape {tuple(shape)}{", dynamic" * dynamic}: '
            f'{first_line(error)}') from error
