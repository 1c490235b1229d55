"""IoU, nIoU, Pd and Fa as an mmengine metric."""
from __future__ import annotations

import os.path as osp
import warnings
from collections.abc import Sequence
from typing import Any

import mmcv
import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from mmseg.registry import METRICS

from .functional import (
    MATCH_DISTANCE,
    DetectionCounts,
    count_detections,
    mean_image_iou,
    ratio,
)


def target_scores(sample: dict) -> np.ndarray:
    """Return the target probability of every pixel of a prediction.

    mmseg stores probabilities under ``seg_logits`` where the head has one
    channel, and logits where it has two.

    Args:
        sample (dict): A data sample as metrics get it.

    Returns:
        np.ndarray: Scores in [0, 1] of shape (H, W), float32; 0 and 1 where
        the sample has labels only.

    Raises:
        ValueError: If the model has more than two classes.
    """
    if 'seg_logits' not in sample:
        return sample['pred_sem_seg']['data'].squeeze(0).float().cpu().numpy()
    logits = sample['seg_logits']['data'].detach().float().cpu()
    if len(logits) > 2:
        raise ValueError('IRSTDMetric needs a model with one or two output '
                         f'channels, got {len(logits)}')
    scores = logits[0] if len(logits) == 1 else torch.softmax(logits, 0)[1]
    return scores.numpy()


@METRICS.register_module()
class IRSTDMetric(BaseMetric):
    """Pixel-level and target-level metrics of small target detection.

    A pixel is target where its probability is strictly greater than
    ``threshold``. Components are connected over 8 neighbours; a target is
    detected by the first component left whose centroid is nearer than
    ``distance``. Over a set of images:

    - ``IoU``: IoU of the target class over all pixels, %;
    - ``nIoU``: mean over images of the IoU of each, %;
    - ``Pd``: detected targets over targets, %;
    - ``Fa``: as in the published tables, area of unmatched components over
      all pixels, 1e-6; an unmatched component is left out where a matched one
      in the same image has the same area;
    - ``Fa_component``: the same with no component left out, 1e-6;
    - ``Fa_pixel``: predicted pixels outside detected targets over all pixels,
      1e-6;
    - ``Precision``, ``Recall``, ``F1``: over pixels, %.

    Values are not rounded. A ratio without a denominator (Pd and Recall
    without any target, Precision without any prediction, IoU and F1 without
    either) is ``undefined``, and one warning says so.

    Works with any mmseg model of one or two output channels. Keeps one entry
    per sample and nothing else, so results do not depend on the number of
    processes.

    Args:
        threshold (float): Probability above which a pixel is target. Defaults
            to 0.5.
        distance (float): Matching distance in pixels. Defaults to 3.
        connectivity (int): 8 or 4. Defaults to 8.
        nIoU_empty (str): ``'zero'`` (published), ``'one'`` or ``'skip'``: see
            :func:`mean_image_iou`. Defaults to ``'zero'``.
        undefined (float): Value of undefined ratios, NaN or 0. Defaults to
            NaN.
        output_dir (str, optional): Also write each predicted mask, in the
            size it is evaluated at, as ``NAME.png`` (0 / 255) there. Defaults
            to None.
        keep_results (bool): Accepted for mmseg's test script; masks that were
            written always stay.
        **kwargs: Passed on to :class:`mmengine.evaluator.BaseMetric`.

    Raises:
        ValueError: If an argument is outside its values.
    """

    default_prefix = 'irstd'

    def __init__(self,
                 threshold: float = 0.5,
                 distance: float = MATCH_DISTANCE,
                 connectivity: int = 8,
                 nIoU_empty: str = 'zero',
                 undefined: float = float('nan'),
                 output_dir: str | None = None,
                 keep_results: bool = True,
                 **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0 <= threshold <= 1:
            raise ValueError(
                f'threshold must be within [0, 1], got {threshold}')
        if connectivity not in (4, 8):
            raise ValueError(
                f'connectivity must be 4 or 8, got {connectivity}')
        if undefined == undefined and undefined != 0:
            raise ValueError(f'undefined must be NaN or 0, got {undefined}')
        mean_image_iou([], nIoU_empty)
        self.threshold = threshold
        self.distance = distance
        self.connectivity = connectivity
        self.nIoU_empty = nIoU_empty
        self.undefined = undefined
        self.output_dir = output_dir

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Count each sample of a batch.

        Args:
            data_batch (Any): Not used.
            data_samples (Sequence[dict]): Predictions with their truth.
        """
        for sample in data_samples:
            truth = sample['gt_sem_seg']['data'].squeeze(0).cpu().numpy()
            if ((truth != 0) & (truth != 1)).any():
                raise ValueError(
                    'IRSTDMetric expects labels 0 and 1, got '
                    f'{np.unique(truth).tolist()} in '
                    f'{sample.get("seg_map_path", "a sample")}')
            mask = target_scores(sample) > self.threshold
            self.results.append(
                count_detections(mask, truth, self.distance,
                                 self.connectivity))
            if self.output_dir is not None:
                name = osp.splitext(osp.basename(sample['img_path']))[0]
                mmcv.imwrite(
                    mask.astype(np.uint8) * 255,
                    osp.join(self.output_dir, f'{name}.png'))

    def compute_metrics(
            self, results: Sequence[DetectionCounts]) -> dict[str, float]:
        """Turn the counts of all samples into the metrics above."""
        total = sum(results, DetectionCounts())
        metrics = dict(
            IoU=100 * ratio(total.true_positives, total.union),
            nIoU=100 * mean_image_iou(results, self.nIoU_empty),
            Pd=100 * ratio(total.detected, total.targets),
            Fa=1e6 * ratio(total.false_area, total.pixels),
            Fa_component=1e6 * ratio(total.false_component, total.pixels),
            Fa_pixel=1e6 * ratio(total.false_pixel, total.pixels),
            Precision=100 * ratio(total.true_positives, total.predicted),
            Recall=100 * ratio(total.true_positives, total.actual),
            F1=100 * ratio(2 * total.true_positives,
                           total.predicted + total.actual))
        undefined = [name for name, value in metrics.items() if value != value]
        if undefined:
            warnings.warn(
                f'{", ".join(undefined)} undefined ({total.targets} targets, '
                f'{total.predicted} predicted pixels in {len(results)} '
                f'images): reported as {self.undefined}',
                stacklevel=2)
            metrics.update(dict.fromkeys(undefined, self.undefined))
        return metrics
