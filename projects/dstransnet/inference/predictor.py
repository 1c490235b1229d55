"""Predictor: a trained network for files, arrays and streams."""
from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from mmseg.models import BaseSegmentor

from ..evaluation.irstd_metric import target_scores
from ..imaging.full_depth_reading import read_infrared
from ..utils.errors import InputError
from .files import Frame
from .prediction import Prediction
from .prefetch import equal_batches, ordered_map
from .preparation import FramePreparation
from .sources import SourceFrame, source_frames
from .video import VideoFrame

SIZES = ('image', 'network')
"""Sizes that predictions can have."""


class Attempt(NamedTuple):
    """A frame in progress: a sample, then a prediction, or an error."""
    name: str
    frame: SourceFrame
    sample: dict | None = None
    prediction: Prediction | None = None
    error: Exception | None = None


class Predictor:
    """Computes scores, masks and targets of images.

    With ``output_size='network'``, predictions are those of
    ``tools/test.py``.

    Args:
        model (BaseSegmentor): With its data preprocessor, on its device:
            :func:`.load_segmentor`, deployed or with tiles
            (:func:`.use_tiles`) where wanted.
        prepare (FramePreparation): Images to samples.
        threshold (float, optional): A pixel is target where its score is
            above. Defaults to None, that of the model, or 0.5.
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
            head = getattr(model, 'decode_head', model)
            threshold = getattr(head, 'threshold', None)
        if threshold is None:
            threshold = 0.5
        if (not isinstance(threshold, (int, float, np.number))
                or not 0 <= threshold <= 1):
            raise InputError(
                f'threshold: expected 0 to 1, got {threshold!r}')
        self.threshold = float(threshold)  # JSON takes no NumPy numbers
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
        if self.output_size == 'network':
            for sample in samples:
                for inputs, packed in zip(*map(_views, (
                        sample['inputs'], sample['data_samples']))):
                    packed.set_metainfo(
                        dict(ori_shape=tuple(inputs.shape[-2:])))
        data = {key: [sample[key] for sample in samples]
                for key in ('inputs', 'data_samples')}
        if isinstance(samples[0]['inputs'], list):  # views first, then images
            data = {key: list(map(list, zip(*values)))
                    for key, values in data.items()}
        with torch.no_grad():
            found = self.model.test_step(data)
        return [target_scores(each.to_dict()) for each in found]

    def attempts(self,
                 frames: Iterable[tuple[str, SourceFrame]],
                 batch_size: int = 1,
                 workers: int = 2) -> Iterator[Attempt]:
        """Yield the prediction of each frame, or its error, in order.

        A frame that cannot be used does not cost the others. An error of the
        network itself, such as out of memory, is raised.

        Args:
            frames (Iterable): Names and frames.
            batch_size (int): See :meth:`stream`.
            workers (int): See :meth:`stream`.
        """

        def shape(each: Attempt) -> tuple[int, ...] | None:
            if each.sample is None:
                return None
            return tuple(_views(each.sample['inputs'])[0].shape)

        loaded = ordered_map(self._load, frames, workers)
        for batch in equal_batches(loaded, batch_size, shape):
            samples = [each.sample for each in batch if each.sample]
            found = self.scores(samples) if samples else [None] * len(batch)
            for each, scores in zip(batch, found):
                if scores is not None:
                    each = self._predicted(each, scores)
                yield each

    def _load(self, item: tuple[str, SourceFrame]) -> Attempt:
        name, frame = item
        try:
            if isinstance(frame, Frame):
                sample = self.prepare(frame.path, page=frame.page)
            else:
                sample = self.prepare(self.loader(frame)())
        # Decoders raise whatever malformed bytes lead them to.
        except Exception as error:
            return Attempt(name, frame, error=error)
        return Attempt(name, frame, sample)

    def _predicted(self, each: Attempt, scores: np.ndarray) -> Attempt:
        name = (each.name if isinstance(each.frame, np.ndarray)
                else str(each.frame))
        try:
            return each._replace(sample=None, prediction=Prediction(
                name, scores, self.threshold, self.connectivity,
                self.loader(each.frame)))
        except InputError as error:  # NaN
            return each._replace(sample=None, error=error)

    def loader(self, frame: SourceFrame) -> Callable[[], np.ndarray]:
        """Return a function that returns the pixels of a frame."""
        if isinstance(frame, np.ndarray):
            return lambda: frame
        if isinstance(frame, VideoFrame):
            return lambda: frame.pixels
        options = dict(self.prepare.reading)
        if frame.page is not None:
            options['page'] = frame.page
        return functools.partial(read_infrared, frame.path, **options)

    def stream(self,
               frames: Any,
               batch_size: int = 1,
               workers: int = 2) -> Iterator[Prediction]:
        """Yield the prediction of each frame, in order.

        Frames are prepared by threads while the network computes, so some
        are taken from ``frames`` before the first result comes: at most
        ``2 * workers + batch_size``. Live frames that must not wait want
        ``workers=0`` and ``batch_size=1``, which takes one at a time.

        Args:
            frames (Any): Anything that :func:`source_frames` takes, usually
                an iterable of arrays or paths. Each page of a file is a
                frame.
            batch_size (int): Frames in a batch at most; only neighbours of
                one size share a batch. Defaults to 1.
            workers (int): Threads that prepare frames. Defaults to 2.

        Yields:
            Prediction: One for each frame.

        Raises:
            InputError: If a frame cannot be used; the message names it.
        """

        reading = self.prepare.reading
        found = source_frames(frames, reading.get('raw') is not None,
                              reading.get('page') is None)
        named = ((f'frame {number}' if isinstance(frame, np.ndarray)
                  else str(frame), frame)
                 for number, frame in enumerate(found))
        for name, frame, _, prediction, error in self.attempts(
                named, batch_size, workers):
            if prediction is not None:
                yield prediction
            elif isinstance(error, InputError) and not isinstance(
                    frame, Frame) and not str(error).startswith(name):
                raise InputError(f'{name}: {error}') from error
            elif error is not None:
                raise error


def _views(packed: Any) -> list:
    """Return the views of a sample; a plain sample is one."""
    return packed if isinstance(packed, list) else [packed]
