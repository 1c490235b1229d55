"""ClassicalDetector: classical detectors as a segmentor of mmseg."""
from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np
import torch
from mmengine.structures import PixelData
from mmseg.models import BaseSegmentor, SegDataPreProcessor
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from mmseg.utils import OptSampleList, SampleList
from torch import Tensor
from torch.nn import functional as F

from . import filters, local_contrast, low_rank

# Of views, by the names of mmcv's RandomFlip.
_AXES = dict(horizontal=(-1, ), vertical=(-2, ), diagonal=(-2, -1))


def relative_to_maximum(scores: np.ndarray) -> np.ndarray:
    """Divide by the maximum of the image: 0.5 is half of the maximum.

    Every image with a score above 0 has a detection, one without targets too.

    Args:
        scores (np.ndarray): Shape (H, W).

    Returns:
        np.ndarray: Shape (H, W), 0 where a score is not above 0.

    Examples:
        >>> relative_to_maximum(np.array([-3., 2., 4.]))
        array([0. , 0.5, 1. ])
    """
    highest = scores.max()
    if highest <= 0:
        return np.zeros_like(scores)
    return np.maximum(scores, 0) / highest


def relative_to_deviation(scores: np.ndarray, k: float) -> np.ndarray:
    """Compare with mean and standard deviation: 0.5 is mean + k std.

    With z = (score - mean) / std the result is z / (z + k), 0 below the mean.
    A threshold of t stands for mean + k t / (1 - t) std.

    Args:
        scores (np.ndarray): Shape (H, W).
        k (float): Standard deviations, above 0.

    Returns:
        np.ndarray: Shape (H, W); 0 where all scores are equal.

    Examples:
        >>> relative_to_deviation(np.array([-1., 1.]), 3)
        array([0.  , 0.25])
    """
    deviation = scores.std()
    if not deviation:
        return np.zeros_like(scores)
    z = np.maximum((scores - scores.mean()) / deviation, 0)
    return z / (z + k)


METHODS: dict[str, Callable[..., np.ndarray]] = {
    'top_hat': filters.top_hat,
    'max_median': filters.max_median,
    'log': filters.laplacian_of_gaussian,
    'dog': filters.difference_of_gaussians,
    'lcm': local_contrast.lcm,
    'rlcm': local_contrast.rlcm,
    'mpcm': local_contrast.mpcm,
    'hbmlcm': local_contrast.hbmlcm,
    'tllcm': local_contrast.tllcm,
    'wslcm': local_contrast.wslcm,
    'ipi': low_rank.ipi,
    'nram': low_rank.nram,
    'pstnn': low_rank.pstnn,
    'ript': low_rank.ript,
}
"""Functions of grey levels (H, W) to scores (H, W), by name."""

RULES = ('maximum', 'deviation')
"""Threshold rules of :class:`ClassicalDetector`."""


def _grey(image: np.ndarray) -> np.ndarray:
    """Return grey levels (H, W) of an image (C, H, W), channels BGR."""
    if (image == image[0]).all():
        return image[0]  # exact, also where the weights' sum is rounded
    return cv2.cvtColor(
        np.ascontiguousarray(image.transpose(1, 2, 0)), cv2.COLOR_BGR2GRAY)


@MODELS.register_module()
class ClassicalDetector(BaseSegmentor):
    """Finds targets by a classical method, without weights or training.

    A method makes a score map. A rule makes scores of 0 .. 1 of it, which
    take the place of a network's probabilities: a pixel is target where they
    are above ``threshold``. At 0.5 the rules are those of the field's tables:

    - ``'maximum'``: above half of the image's maximum;
    - ``'deviation'``: above mean + ``k`` standard deviations of the map.

    An image whose pixels are all equal has no target. Results depend on the
    rule as much as on the method: tables should state it.

    Args:
        method (str): A name of ``METHODS``.
        rule (str): A name of ``RULES``. Defaults to ``'maximum'``.
        k (float): Standard deviations, for ``'deviation'``. Defaults to 10.
        threshold (float): A pixel is target where its score is strictly
            greater. Defaults to 0.5.
        parameters (Mapping): Arguments of the method. Defaults to none.
        data_preprocessor (dict, optional): One that neither normalises nor
            pads nor swaps channels, as methods take grey levels of 0 .. 255.
            Defaults to None, mmseg's without any change of the image.

    Attributes:
        seconds (list[float]): Time that each image has taken.

    Raises:
        ValueError: If a name is unknown, also one of ``parameters``, ``k`` is
            not positive, or the data preprocessor changes the image.
    """

    def __init__(self,
                 method: str,
                 rule: str = 'maximum',
                 k: float = 10,
                 threshold: float = 0.5,
                 parameters: Mapping[str, Any] = {},
                 data_preprocessor: dict | None = None) -> None:
        super().__init__(
            data_preprocessor=data_preprocessor
            or dict(type=SegDataPreProcessor))
        for name, value, known in (('method', method, METHODS),
                                   ('rule', rule, RULES)):
            if value not in known:
                raise ValueError(f'{name}: expected one of '
                                 f'{", ".join(known)}, got {value!r}')
        try:
            inspect.signature(METHODS[method]).bind(None, **parameters)
        except TypeError as error:
            raise ValueError(f'parameters of {method}: {error}') from error
        if k <= 0:
            raise ValueError(f'k: expected more than 0, got {k}')
        for name, what in (('_enable_normalize', 'mean and std'),
                           ('_channel_conversion', 'bgr_to_rgb'),
                           ('test_cfg', 'test_cfg')):
            if getattr(self.data_preprocessor, name, None):
                raise ValueError(
                    f'data_preprocessor: expected no {what}, as classical '
                    'methods take grey levels of 0 .. 255 of whole images')
        self.method, self.rule, self.k = method, rule, k
        self.threshold = threshold
        self.method_parameters = dict(parameters)
        self.seconds: list[float] = []

    def detect(self, image: np.ndarray) -> np.ndarray:
        """Return the scores of one image.

        Args:
            image (np.ndarray): Grey levels of 0 .. 255, shape (H, W).

        Returns:
            np.ndarray: Scores in [0, 1] of shape (H, W), float64.
        """
        if image.min() == image.max():
            return np.zeros(image.shape)
        scores = METHODS[self.method](image, **self.method_parameters)
        if self.rule == 'maximum':
            return relative_to_maximum(scores)
        return relative_to_deviation(scores, self.k)

    def milliseconds(self) -> float:
        """Return the mean time of an image so far, NaN before the first."""
        return float(np.mean(self.seconds or np.nan)) * 1e3

    def _forward(self,
                 inputs: Tensor,
                 data_samples: OptSampleList = None) -> Tensor:
        """Return scores (N, 1, H, W) of images (N, C, H, W)."""
        scores = []
        for image in inputs.cpu().numpy():
            start = time.perf_counter()
            scores.append(self.detect(_grey(image)))
            self.seconds.append(time.perf_counter() - start)
        return torch.from_numpy(np.stack(scores)[:, None]).to(
            inputs.device, torch.float32)

    def predict(self,
                inputs: Tensor,
                data_samples: OptSampleList = None) -> SampleList:
        """Return scores and masks, in the size of ``ori_shape``, unflipped.

        Args:
            inputs (Tensor): Grey levels of 0 .. 255, shape (N, C, H, W).
            data_samples (list[SegDataSample], optional): Changed in place.
                Defaults to None, new ones in the size of the images.

        Returns:
            list[SegDataSample]: With ``seg_logits``, the scores, and
            ``pred_sem_seg``, each of shape (1, H, W).
        """
        scores = self._forward(inputs)
        samples = data_samples or [SegDataSample() for _ in scores]
        for one, sample in zip(scores, samples):
            if sample.get('flip'):  # a view of test-time augmentation
                one = one.flip(_AXES[sample.flip_direction])
            shape = tuple(sample.get('ori_shape', one.shape[-2:]))[:2]
            if shape != one.shape[-2:]:
                one = F.interpolate(one[None], shape, mode='bilinear')[0]
            sample.set_data(dict(
                seg_logits=PixelData(data=one),
                pred_sem_seg=PixelData(
                    data=(one > self.threshold).to(one))))
        return samples

    def loss(self, inputs: Tensor, data_samples: SampleList) -> dict:
        """Raise, as there is nothing to train."""
        raise NotImplementedError(
            'a classical detector has nothing to train; run tools/test.py')

    def encode_decode(self, inputs: Tensor,
                      batch_data_samples: SampleList) -> Tensor:
        """Return scores (N, 1, H, W), as :meth:`predict` before resizing."""
        return self._forward(inputs)

    def extract_feat(self, inputs: Tensor) -> bool:
        """Raise, as there are no features."""
        raise NotImplementedError('a classical detector has no features')
