"""Predictor: a trained network for files, arrays and streams."""
from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from mmseg.models import BaseSegmentor

from ..evaluation.irstd_metric import target_scores
from ..utils.errors import InputError
from .files import Frame, pages_of
from .prediction import Prediction
from .prefetch import equal_batches, ordered_map
from .preparation import FramePreparation

SIZES = ('image', 'network')
"""Sizes that predictions can have."""


class Predictor:
    """Computes scores, masks and detections of images.

    With ``output_size='network'``, predictions are those of
    ``tools/test.py``.

    Args:
        model (BaseSegmentor): With its data preprocessor, on its device:
            :func:`.load_segmentor`, deployed or with tiles
            (:func:`.use_tiles`) where wanted.
        prepare (FramePreparation): Images to samples.
        threshold (float, optional): A pixel is target where its score is
            above. Defaults to None, that of the model's head, or 0.5.
        connectivity (int): Of the components, 8 or 4. Defaults to 8.
        output_size (str): Predictions have the size of the ``'image'`` file,
            or of the input of the ``'network'``. Defaults to ``'image'``.

    Raises:
        InputError: If an argument is outside its values.
    """

    def __init__(self,
                 model: BaseSegmentor,
                 prepare: FramePreparation,
                 threshold: float | None = None,
                 connectivity: int = 8,
                 output_size: str = 'image') -> None:
        if threshold is None:
            head = getattr(model, 'decode_head', None)
            threshold = getattr(head, 'threshold', None)
        self.threshold = 0.5 if threshold is None else threshold
        if not 0 <= self.threshold <= 1:
            raise InputError(
                f'threshold: expected 0 to 1, got {self.threshold}')
        if output_size not in SIZES:
            raise InputError(f'output_size: expected one of '
                             f'{", ".join(SIZES)}, got {output_size!r}')
        if connectivity not in (4, 8):
            raise InputError(
                f'connectivity: expected 4 or 8, got {connectivity!r}')
        self.model = model.eval()
        self.prepare = prepare
        self.connectivity = connectivity
        self.output_size = output_size

    def scores(self, samples: Sequence[dict]) -> list[np.ndarray]:
        """Return score maps of prepared images of one size.

        Args:
            samples (Sequence[dict]): As :class:`FramePreparation` makes them.

        Returns:
            list[np.ndarray]: Target probabilities of shape (H, W), float32.
        """
        for sample in samples:
            if self.output_size == 'network':
                sample['data_samples'].set_metainfo(
                    dict(ori_shape=tuple(sample['inputs'].shape[-2:])))
        with torch.no_grad():
            found = self.model.test_step(dict(
                inputs=[sample['inputs'] for sample in samples],
                data_samples=[sample['data_samples'] for sample in samples]))
        return [target_scores(each.to_dict()) for each in found]

    def stream(self,
               frames: Iterable[Any],
               batch_size: int = 1,
               workers: int = 2) -> Iterator[Prediction]:
        """Yield the prediction of each frame, in order.

        Frames are prepared by threads while the network computes, so some
        are taken from ``frames`` before the first result comes: at most
        ``2 * workers + batch_size``. Live frames that must not wait want
        ``workers=0`` and ``batch_size=1``, which takes one at a time.

        Args:
            frames (Iterable): Arrays or paths, see :class:`FramePreparation`;
                may be endless. Each page of a file is a frame.
            batch_size (int): Frames in a batch at most; only neighbours of
                one size share a batch. Defaults to 1.
            workers (int): Threads that prepare frames. Defaults to 2.

        Yields:
            Prediction: One for each frame.

        Raises:
            InputError: If a frame cannot be used; the message names it.
        """

        def prepare(item: tuple[int, Any]) -> tuple[str, dict]:
            number, frame = item
            if isinstance(frame, Frame):
                return str(frame), self.prepare(frame.path, page=frame.page)
            try:
                return f'frame {number}', self.prepare(frame)
            except InputError as error:
                raise InputError(f'frame {number}: {error}') from error

        paged = self.prepare.reading.get('page') is None
        pages = (page for frame in frames for page in (
            [frame] if isinstance(frame, np.ndarray) else
            pages_of(frame) if paged else [Frame(os.fspath(frame))]))
        prepared = ordered_map(prepare, enumerate(pages), workers)
        for batch in equal_batches(prepared, batch_size,
                                   lambda item: item[1]['inputs'].shape):
            names, samples = zip(*batch)
            for name, scores in zip(names, self.scores(samples)):
                yield Prediction(
                    name, scores, self.threshold, self.connectivity)
