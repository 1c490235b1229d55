"""Test-time augmentation for models of one or two output channels."""
from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from mmengine.model import BaseTTAModel
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from mmseg.utils import SampleList
from torch import Tensor


def mean_prediction(maps: Sequence[Tensor], name: str = 'image') -> Tensor:
    """Average predictions of one image, as probabilities.

    The result is of the kind that came: what reads a single prediction reads
    the mean of several.

    Args:
        maps (Sequence[Tensor]): Predictions of one shape (C, H, W), aligned:
            probabilities of the target where C = 1, logits where C = 2, as
            mmseg keeps them under ``seg_logits``.
        name (str): What to call the image in errors, a path usually.

    Returns:
        Tensor: Shape (C, H, W). The mean probability where C = 1; the log of
        the mean of both probabilities where C = 2, so that its softmax is
        the mean.

    Raises:
        ValueError: If there are more than two channels, or sizes differ.

    Examples:
        >>> mean_prediction([torch.tensor([[[0.2]]]), torch.tensor([[[0.6]]])])
        tensor([[[0.4000]]])
        >>> logits = torch.tensor([0.8, 0.2]).log().reshape(2, 1, 1)
        >>> mean_prediction([logits, logits.flip(0)]).softmax(dim=0).flatten()
        tensor([0.5000, 0.5000])
    """
    shapes = list(dict.fromkeys(tuple(each.shape) for each in maps))
    channels = shapes[0][0]
    if channels not in (1, 2):
        raise ValueError(f'{name}: expected predictions of one or two '
                         f'channels, got {channels}')
    if len(shapes) > 1:
        raise ValueError(
            f'{name}: expected predictions of one shape from all views, got '
            f'{", ".join(map(str, shapes))}; views of several scales need '
            'one ori_shape, and rotated ones rot90 among the meta_keys')
    stacked = torch.stack(list(maps))
    if channels == 1:
        return stacked.mean(dim=0)
    # Not the log of a mean of probabilities: one that underflows would be
    # minus infinity, and NaN once it is interpolated.
    return stacked.log_softmax(dim=1).logsumexp(dim=0) - math.log(len(maps))


@MODELS.register_module()
class IRSTDTTAModel(BaseTTAModel):
    """Average the predictions of several views of each image.

    Takes the place of mmseg's ``SegTTAModel``, which applies a second sigmoid
    to the probabilities of one-channel models: everything is above 0.5 then.

    The model has undone flips and resizing when predictions come here;
    rotations of :class:`Rotate90` are undone here. The views are averaged by
    :func:`mean_prediction`. A pixel is target above the ``threshold`` of the
    head or detector (one channel), or where its probability is the greater
    (two).

    Args:
        module (dict | nn.Module): The model, with its data_preprocessor.
        data_preprocessor (dict | nn.Module, optional): In place of the
            model's. A config has to say None where it has a
            ``data_preprocessor`` of its own at the top level, as the runner
            passes that on here otherwise. Defaults to None.
    """

    def merge_preds(self,
                    data_samples_list: Sequence[SampleList]) -> SampleList:
        """Merge the views of every image of a batch.

        Args:
            data_samples_list (Sequence[list[SegDataSample]]): Predictions of
                all views of each image, the plain image first.

        Returns:
            list[SegDataSample]: One sample an image, with the truth and the
            meta information of its first view; ``seg_logits`` of shape
            (C, H, W) and ``pred_sem_seg`` of shape (1, H, W) as mmseg's
            ``predict`` leaves them.

        Raises:
            ValueError: If the first view is flipped or rotated, the model
                has more than two channels, or views differ in size.
        """
        return [self._merge(views) for views in data_samples_list]

    def _merge(self, views: Sequence[SegDataSample]) -> SegDataSample:
        first = views[0]
        name = first.get('img_path') or 'image'
        if first.get('flip') or first.get('rot90'):
            raise ValueError(
                f'{name}: expected the plain image as the first view, whose '
                f'truth counts, got flip={first.get("flip")} and '
                f'rot90={first.get("rot90")}')
        mean = mean_prediction([
            torch.rot90(
                view.seg_logits.data, -view.get('rot90', 0), dims=(-2, -1))
            for view in views
        ], name)
        if len(mean) == 1:
            # Classical detectors have no head.
            head: Any = getattr(self.module, 'decode_head', self.module)
            mask = (mean > head.threshold).to(mean)
        else:
            mask = mean.argmax(dim=0, keepdim=True)
        merged = first.new()
        merged.set_data(
            dict(
                seg_logits=PixelData(data=mean),
                pred_sem_seg=PixelData(data=mask)))
        return merged
