"""Export of the deployed network to files for other programs."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from mmseg.models.segmentors import EncoderDecoder
from torch import Tensor

from ..utils.errors import InputError
from .deploy import check_deployable
from .export_formats import SUFFIXES, check_format, write_format
from .exported_file import ExportedFile
from .exported_network import Normalisation, exported_network, store_as_half


def format_of(path: str | Path) -> str:
    """Return the format that the suffix of a file names.

    Raises:
        InputError: If it names none.

    Examples:
        >>> format_of('small.onnx')
        'onnx'
    """
    for name, suffix in SUFFIXES.items():
        if Path(path).suffix == suffix:
            return name
    raise InputError(f'path: expected a file that ends in one of '
                     f'{", ".join(SUFFIXES.values())}, got {path}')


def export_model(model: EncoderDecoder,
                 path: str | Path,
                 shape: Sequence[int],
                 *,
                 dynamic: bool = False,
                 half: bool = False,
                 raw: bool = False,
                 scores: bool = False,
                 settings: Mapping[str, Any] = {}) -> None:
    """Write the deployed form of a segmentor to a file.

    The suffix names the format (:data:`SUFFIXES`). The input is called
    ``images``, the output ``logits`` or ``scores``.

    Args:
        model (EncoderDecoder): With its weights loaded, on the CPU; not
            changed.
        path (str | Path): File to write.
        shape (Sequence[int]): Shape (N, C, H, W) of the images, pixels;
            height and width as the network needs them (multiples of 16 for
            DSTransNet).
        dynamic (bool): Whether batch, height and width are free. Defaults to
            False: the file takes this shape alone, which OpenVINO computes
            faster.
        half (bool): Whether kernels are stored in float16, half the size.
            Runtimes compute in the type that they are set to. Defaults to
            False.
        raw (bool): Whether the file takes grey levels 0 to 255 (of colour
            images in OpenCV's order) and normalises them. Defaults to False:
            it takes normalised images, RGB.
        scores (bool): Whether the output is probabilities in the size of the
            image. Defaults to False, the logits of the head.
        settings (Mapping): What :class:`ExportedSegmentor` needs besides:
            ``pipeline`` and ``data_preprocessor`` of the config, and, if its
            IRSTDMetric decides, ``decision``: ``threshold`` and
            ``connectivity``. Defaults to none.

    Raises:
        InputError: If a package is missing, the model cannot be deployed, or
            the network cannot take that shape.
    """
    path = Path(path)
    name = format_of(path)
    check_format(name)
    if len(shape) != 4 or min(shape) < 1:
        raise InputError('shape: expected four positive numbers (N, C, H, W), '
                         f'got {tuple(shape)}')
    check_deployable(model)
    device = next(model.parameters()).device
    if device.type != 'cpu':
        raise InputError(f"model: expected it on 'cpu', it is on '{device}'")
    network = exported_network(
        model, raw=raw, scores=scores, dynamic=dynamic)
    if half and name != 'openvino':  # which has an option for it
        store_as_half(network)
    head: Any = model.decode_head
    info = model_info(model)
    if settings.get('decision'):
        info['confidence_threshold'] = settings['decision']['threshold']
    write_format(name, network, path, shape, dict(
        settings,
        raw=raw,
        output='scores' if scores else 'logits',
        half=half,
        shape=None if dynamic else list(shape),
        model_info=info,
        head={key: getattr(head, key) for key in (
            'num_classes', 'out_channels', 'threshold', 'align_corners')},
    ), dynamic)


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


def file_error(model: EncoderDecoder, file: ExportedFile,
               images: Tensor) -> float:
    """Compare a written file with its segmentor in PyTorch.

    Args:
        model (EncoderDecoder): The segmentor, on the CPU.
        file (ExportedFile): The open file.
        images (Tensor): Grey levels 0 to 255 (of colour images in OpenCV's
            order), float32 of shape (N, C, H, W).

    Returns:
        float: Largest difference: of scores, or of logits relative to the
        largest logit.
    """
    raw, scores = file.settings['raw'], file.settings['output'] == 'scores'
    if not raw:
        images = Normalisation(model.data_preprocessor)(images)
    network = exported_network(model, raw=raw, scores=scores, folded=False)
    with torch.no_grad():
        expected = network(images)
    error = (file.run(images) - expected).abs().max()
    return float(error if scores else error / expected.abs().max())
