"""Quantisation of exported files to 8 bits."""
from __future__ import annotations

import importlib.util
import logging
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mmseg.models.segmentors import EncoderDecoder
from torch import Tensor

from ..utils.errors import InputError
from .exported_file import open_exported
from .exported_network import Normalisation
from .openvino_runtime import openvino_core

_IN_FLOAT = ['Add', 'Multiply']
"""Operators that stay in float: at 8 bits, OpenVINO 2026.4 cannot compile some
of them for CPUs."""


def check_quantisation(path: str | Path) -> None:
    """Raise unless a file can be quantised here.

    Raises:
        InputError: If it is of another format than OpenVINO's, or nncf is not
            installed.
    """
    if Path(path).suffix != '.xml':
        raise InputError(
            f'int8: expected a file that ends in .xml, got {path}')
    if importlib.util.find_spec('nncf') is None:
        raise InputError('int8: needs a package that is not installed: '
                         'pip install nncf')


def quantise(model: EncoderDecoder, path: str | Path,
             images: Iterable[Tensor]) -> None:
    """Quantise a written file to 8 bits, in place.

    NNCF's post-training quantisation measures the range of every map on the
    images. Sampling positions of deformable convolutions stay in float: at 8
    bits they would be whole pixels.

    Args:
        model (EncoderDecoder): The segmentor that was exported.
        path (str | Path): ``.xml`` file that :func:`export_model` wrote.
        images (Iterable[Tensor]): Grey levels 0 to 255 of the shape that the
            file takes.

    Raises:
        InputError: See :func:`check_quantisation`.
    """
    check_quantisation(path)
    import openvino
    os.environ.setdefault('NNCF_CI', '1')  # sends nothing to Intel
    import nncf
    nncf.set_log_level(logging.ERROR)
    path = Path(path)
    raw = open_exported(path).settings['raw']
    normalise = Normalisation(model.data_preprocessor)
    samples = [(each if raw else normalise(each)).numpy() for each in images]
    graph = openvino_core().read_model(path)
    info = graph.get_rt_info()
    quantised = nncf.quantize(
        graph, nncf.Dataset(samples), subset_size=len(samples),
        ignored_scope=nncf.IgnoredScope(
            names=position_nodes(graph), types=_IN_FLOAT, validate=False))
    for name in info:
        quantised.set_rt_info(info[name], [name])
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        written = Path(folder, path.name)
        openvino.save_model(quantised, written, compress_to_fp16=False)
        for suffix in ('.bin', '.xml'):
            shutil.move(written.with_suffix(suffix), path.with_suffix(suffix))


def position_nodes(graph: Any) -> list[str]:
    """Return the names of the nodes that compute sampling positions.

    Args:
        graph (openvino.Model): Any model.

    Returns:
        list[str]: Of every grid of a GridSample, what leads to it back to the
        convolution that predicts the offsets.
    """
    found: dict[str, None] = {}
    waiting = [op.input_value(1).get_node() for op in graph.get_ops()
               if op.get_type_name() == 'GridSample']
    while waiting:
        node = waiting.pop()
        name = node.get_friendly_name()
        if name in found or node.get_type_name() in ('Constant', 'Parameter'):
            continue
        found[name] = None
        if node.get_type_name() not in ('Convolution', 'ShapeOf'):
            waiting += [value.get_node() for value in node.input_values()]
    return list(found)
