"""Export of the deployed network to files for programs without PyTorch."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmseg.models.segmentors import EncoderDecoder

from ..utils.errors import InputError
from .deploy import check_deployable, folded_network, frozen_copy
from .folding_steps import export_deform_convs
from .openvino_runtime import check_openvino, openvino_core, openvino_model


def export_openvino(model: EncoderDecoder, path: str | Path,
                    shape: Sequence[int]) -> None:
    """Write the deployed form of a segmentor as a model of OpenVINO.

    Two files: ``NAME.xml`` (the graph) and ``NAME.bin`` (the weights, in
    float32). The input ``images`` has the fixed shape and holds *normalised*
    images; the output ``logits`` is that of the head, before the sigmoid.
    Normalisation and threshold are written to the section ``model_info`` under
    the names that OpenVINO's tools read.

    Args:
        model (EncoderDecoder): With its weights loaded, on the CPU; not
            changed.
        path (str | Path): ``NAME.xml``.
        shape (Sequence[int]): Shape (N, C, H, W) of the images, pixels;
            height and width as the network needs them (multiples of 16 for
            DSTransNet).

    Raises:
        InputError: If OpenVINO is not installed, the model cannot be
            deployed, or the network cannot take that shape.
    """
    check_openvino()
    import openvino
    path = Path(path)
    if path.suffix != '.xml':
        raise InputError(f'path: expected NAME.xml, got {path}')
    if len(shape) != 4 or min(shape) < 1:
        raise InputError('shape: expected four positive numbers (N, C, H, W), '
                         f'got {tuple(shape)}')
    check_deployable(model)
    device = next(model.parameters()).device
    if device.type != 'cpu':
        raise InputError(f"model: expected it on 'cpu', it is on '{device}'")
    network = folded_network(frozen_copy(model))
    export_deform_convs(network)
    graph = openvino_model(network, shape)
    for name, value in model_info(model).items():
        graph.set_rt_info(value, ['model_info', name])
    openvino.save_model(graph, path, compress_to_fp16=False)


def model_info(model: EncoderDecoder) -> dict[str, Any]:
    """Return normalisation and threshold of a segmentor, as OpenVINO names."""
    preprocessor: Any = model.data_preprocessor
    info: dict[str, Any] = dict(reverse_input_channels=bool(
        getattr(preprocessor, '_channel_conversion', False)))
    if getattr(preprocessor, '_enable_normalize', False):
        info['mean_values'] = preprocessor.mean.flatten().tolist()
        info['scale_values'] = preprocessor.std.flatten().tolist()
    if model.decode_head.threshold is not None:
        info['confidence_threshold'] = float(model.decode_head.threshold)
    return info


def file_error(model: EncoderDecoder, path: str | Path) -> float:
    """Compare a written file with its segmentor.

    Both compute the logits of one random normalised image of the file's
    shape in float32.

    Args:
        model (EncoderDecoder): The segmentor, on the CPU.
        path (str | Path): ``NAME.xml``.

    Returns:
        float: Largest difference of logits, relative to the largest logit.
    """
    compiled = openvino_core().compile_model(
        str(path), 'CPU', {'INFERENCE_PRECISION_HINT': 'f32'})
    shape = list(compiled.input('images').shape)
    images = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = frozen_copy(model)(images, None, mode='tensor').numpy()
    found = compiled(images.numpy())[compiled.output('logits')]
    return float(np.abs(found - expected).max() / np.abs(expected).max())
