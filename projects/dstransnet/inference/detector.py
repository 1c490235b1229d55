"""Detector: shipped or own weights, for anything that has frames."""
from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmseg.registry import MODELS

from ..deployment import deploy as deploy_model
from ..deployment import exported_config, is_exported
from ..deployment.deploy import check_deployable
from ..evaluation.config_metrics import metric_protocol
from ..models.build import load_segmentor
from ..models.shipped_weights import (
    config_path,
    list_weights,
    shipped_weights,
)
from ..utils.devices import check_device
from ..utils.errors import InputError
from .prediction import Prediction
from .predictor import Predictor
from .preparation import FramePreparation
from .tiled_segmentor import use_tiles

_CONFIG_SUFFIXES = ('.py', '.json', '.yaml', '.yml')


class Detector:
    """Finds small targets in images, videos, cameras and arrays.

    ``detector(source)`` returns a list with a :class:`Prediction` of each
    frame: ``scores``, ``mask``, ``targets``, ``plot()``, ``save(path)``,
    ``to_json()``, ``to_coco()``, ``to_pandas()``, in pixels of the frame.

    Args:
        model (str | PathLike | Config): A name of shipped weights
            (``dstransnet info`` lists them), or a config, its path, or the
            name of a config of this project, or a file of ``dstransnet
            export``, which runs on the CPU.
        checkpoint (str, optional): Weights for the config. Defaults to None:
            the shipped weights of that name, or a model without weights.
        threshold (float, optional): A pixel is target where its probability
            is above. Defaults to None, that of the config's IRSTDMetric, as
            in a test; without one that of the model.
        connectivity (int, optional): Of the components, 8 or 4. Defaults to
            None, that of the config's IRSTDMetric; without one 8.
        size (Sequence[int] | str, optional): Height and width that the
            network sees, or ``'native'``. Defaults to None, as the config.
        mapping (str | Mapping, optional): How values become 0 .. 255, see
            :class:`FramePreparation`. Defaults to ``'auto'``: frames of 8
            bits as they are, others by their smallest and largest value.
        tile (int | Sequence[int], optional): Size of tiles in pixels, see
            :func:`use_tiles`. Defaults to None, whole frames.
        overlap (int | Sequence[int]): Overlap of tiles in pixels. Defaults
            to 64.
        tile_batch (int): Tiles in a batch. Defaults to 1.
        tta (bool): Whether to average the views of the config's
            ``tta_pipeline``, 8 flipped and rotated ones in most configs.
            Defaults to False.
        deploy (bool | Mapping, optional): Whether to use the faster form of
            the network, or arguments of :func:`.deploy`. Defaults to None:
            on CPUs, where the network can be deployed.
        device (str, optional): Defaults to None, the GPU where there is one.
        output_size (str): See :class:`Predictor`. Defaults to ``'image'``.
        batch_size (int): Frames in a batch at most. Defaults to 1.
        workers (int): Threads that prepare frames. Defaults to 2.

    Attributes:
        predictor (Predictor): The network with its preparation of frames.
        deployed (bool): Whether it is the faster form of :func:`.deploy`.

    Raises:
        InputError: If an argument is outside its values.

    Examples:
        >>> import numpy as np
        >>> detector = Detector('dstransnet-s_sirst', deploy=False)
        >>> found = detector(np.zeros((64, 80), np.uint16))[0]
        >>> found.scores.shape, found.targets
        ((64, 80), [])
    """

    def __init__(self,
                 model: str | os.PathLike | Config,
                 checkpoint: str | None = None,
                 *,
                 threshold: float | None = None,
                 connectivity: int | None = None,
                 size: Sequence[int] | str | None = None,
                 mapping: str | Mapping[str, float] | None = 'auto',
                 tile: int | Sequence[int] | None = None,
                 overlap: int | Sequence[int] = 64,
                 tile_batch: int = 1,
                 tta: bool = False,
                 deploy: bool | Mapping[str, Any] | None = None,
                 device: str | None = None,
                 output_size: str = 'image',
                 batch_size: int = 1,
                 workers: int = 2) -> None:
        if device is not None:
            check_device(device, argument='device')
        if not isinstance(deploy, (bool, Mapping, type(None))):
            raise InputError('deploy: expected True, False or a dict such as '
                             f"dict(runtime='torch'), got {deploy!r}")
        if not isinstance(model, Config):
            model, checkpoint = _read(os.fspath(model), checkpoint)
        network = load_segmentor(model, checkpoint, device)
        if deploy is None:
            kind = torch.device(device or get_device()).type
            deploy = kind == 'cpu' and _fits(network)
        self.deployed = bool(deploy) or isinstance(deploy, Mapping)
        if self.deployed:
            network = deploy_model(
                network, **(deploy if isinstance(deploy, Mapping) else {}))
        if tile is not None:
            use_tiles(network, tile, overlap, tile_batch)
        protocol = metric_protocol(model)
        if threshold is None:
            own = getattr(getattr(network, 'decode_head', network),
                          'threshold', None)
            threshold = own if protocol is None else protocol.threshold
            if own not in (None, threshold):
                warnings.warn(
                    f'the model decides at {own}, the IRSTDMetric of the '
                    f'config at {threshold}, which is used: state threshold',
                    stacklevel=2)
        if connectivity is None:
            connectivity = 8 if protocol is None else protocol.connectivity
        if tta:
            network = MODELS.build(dict(
                model.get('tta_model') or dict(type='IRSTDTTAModel'),
                module=network))
        self.predictor = Predictor(
            network, FramePreparation(model, size, mapping, tta), threshold,
            connectivity, output_size)
        self.batch_size = batch_size
        self.workers = workers

    def __call__(self, source: Any) -> list[Prediction]:
        """Return the predictions of all frames of a source.

        Args:
            source (Any): See :func:`.source_frames`: a path of an image, a
                folder or a video, a pattern, an array, a tensor, or an
                iterable of these. A camera never ends: use :meth:`stream`.

        Raises:
            InputError: If the source or a frame of it cannot be used.
        """
        if type(source) is int:
            raise InputError(f'source: camera {source} never ends; iterate '
                             f'over detector.stream({source})')
        return list(self.stream(source))

    def stream(self, source: Any) -> Iterator[Prediction]:
        """Yield the prediction of each frame, in order.

        Args:
            source (Any): As of a call; also the number of a camera, or an
                endless iterable. Frames of a camera are taken one at a time.

        Raises:
            InputError: If the source or a frame of it cannot be used.
        """
        live = type(source) is int
        return self.predictor.stream(
            source, 1 if live else self.batch_size,
            0 if live else self.workers)


def _read(name: str, checkpoint: str | None) -> tuple[Config, str | None]:
    """Return the config and the path of the weights."""
    if is_exported(name):
        if checkpoint is not None:
            raise InputError(f'checkpoint: expected none with {name}, which '
                             f'holds its weights, got {checkpoint}')
        return exported_config(name), None
    path = config_path(name)
    if name not in list_weights() and path.endswith(_CONFIG_SUFFIXES):
        return Config.fromfile(path), checkpoint
    row = shipped_weights(name)
    return Config.fromfile(row.config), checkpoint or str(row.file)


def _fits(network: Any) -> bool:
    """Tell whether a network can be deployed."""
    try:
        check_deployable(network)
    except InputError:
        return False
    return True
