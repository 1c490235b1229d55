"""IoU, nIoU, Pd, Fa and AUC as an mmengine metric."""
from __future__ import annotations

import logging
import os
import os.path as osp
from collections.abc import Sequence
from typing import Any

import mmcv
import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from mmseg.registry import METRICS

from ..utils.errors import InputError
from ..utils.sample_names import UniqueNames, unique_names
from .functional.counts import DetectionCounts
from .functional.matching import MATCH_DISTANCE
from .functional.threshold_sweep import THRESHOLDS
from .protocol import EvaluationProtocol
from .report.evaluation_result import EvaluationResult


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
    ``threshold``. Over a set of images:

    - ``IoU``: IoU of the target class over all pixels, %;
    - ``nIoU``: mean over images of the IoU of each, %;
    - ``Pd``: detected targets over targets, %;
    - ``Fa``: as in the published tables, area of unmatched components over
      all pixels, 1e-6; an unmatched component is left out where a matched one
      in the same image has the same area;
    - ``Fa_component``: the same with no component left out, 1e-6;
    - ``Fa_pixel``: predicted pixels outside detected targets over all pixels,
      1e-6;
    - ``Precision``, ``Recall``, ``F1``: over pixels, %;
    - ``AUC``: trapezoidal area under the points of the pixel-level ROC curve
      at ``thresholds``, 0 .. 1.

    Values are not rounded. A ratio without a denominator (Pd, Recall and AUC
    without any target, AUC where scores are 0 and 1 only, Precision without
    any prediction, IoU and F1 without either) is ``undefined``, and a warning
    in the log says so.

    Works with any mmseg model of one or two output channels. Keeps some counts
    per sample and nothing else, so results do not depend on the number of
    processes. Curves, intervals and one record an image are in :attr:`result`
    of the main process after an evaluation.

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
        thresholds (Sequence[float], optional): Of the curves and AUC,
            strictly increasing; None leaves both out, and saves most of the
            time of an evaluation. Defaults to 0, 0.01 .. 1.
        match (str): ``'centroid'`` (published) or ``'overlap'``: see
            :func:`match_components`. Defaults to ``'centroid'``.
        bootstrap (int): Resampled sets for 95 % confidence intervals, 0:
            none. Defaults to 0.
        score_dir (str, optional): Also write each score map, float32 in the
            size it is evaluated at, as ``NAME.npy`` there. Defaults to None.
        result_dir (str, optional): Write ``result.json``, ``per_image.csv``
            and ``per_image.json`` there after an evaluation. Defaults to None.
        worst_first (bool): Sort the records of images by IoU, lowest first,
            instead of in the order of the set. Defaults to False.
        image_root (str, optional): Name images by their paths below it;
            needed to write files where base names coincide. Defaults to None.
        info (dict, optional): What else ``result.json`` shall say under
            ``settings``, about the model for example. Defaults to None.
        **kwargs: Passed on to :class:`mmengine.evaluator.BaseMetric`.

    Attributes:
        protocol (EvaluationProtocol): The rules.
        result (EvaluationResult, optional): Of the last evaluation; None in
            processes other than the main one.

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
                 thresholds: Sequence[float] | None = THRESHOLDS,
                 match: str = 'centroid',
                 bootstrap: int = 0,
                 score_dir: str | None = None,
                 result_dir: str | None = None,
                 worst_first: bool = False,
                 image_root: str | None = None,
                 info: dict | None = None,
                 **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.protocol = EvaluationProtocol(
            threshold=threshold,
            thresholds=thresholds,
            distance=distance,
            match=match,
            connectivity=connectivity,
            nIoU_empty=nIoU_empty)
        if undefined == undefined and undefined != 0:
            raise ValueError(f'undefined must be NaN or 0, got {undefined}')
        if bootstrap < 0:
            raise ValueError(
                f'bootstrap must not be negative, got {bootstrap}')
        self.undefined = undefined
        self.bootstrap = bootstrap
        self.output_dir = output_dir
        self.score_dir = score_dir
        self.result_dir = result_dir
        self.worst_first = worst_first
        self.image_root = image_root
        self.info = dict(info or {})
        self.result: EvaluationResult | None = None
        self._file_names = UniqueNames(image_root)

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Count each sample of a batch.

        Args:
            data_batch (Any): Not used.
            data_samples (Sequence[dict]): Predictions with their truth.

        Raises:
            InputError: If a sample has no truth, other labels than 0 and 1,
                or scores that are no numbers.
        """
        for sample in data_samples:
            where = sample.get('img_path') or 'a sample'
            if 'gt_sem_seg' not in sample:
                raise InputError(f'{where}: IRSTDMetric needs its mask, and '
                                 'the data set has none')
            truth = sample['gt_sem_seg']['data'].squeeze(0).cpu().numpy()
            if ((truth != 0) & (truth != 1)).any():
                raise InputError(
                    'IRSTDMetric expects labels 0 and 1, got '
                    f'{np.unique(truth).tolist()} in '
                    f'{sample.get("seg_map_path") or "a sample"}')
            scores = target_scores(sample)
            if np.isnan(scores).any():
                raise InputError(f'{where}: the model predicts NaN')
            counts = self.protocol.count(scores, truth)
            self.results.append((sample.get('img_path'), counts))
            self._write(sample, scores)

    def _write(self, sample: dict, scores: np.ndarray) -> None:
        """Write mask and score map of a sample where asked for."""
        if self.output_dir is None and self.score_dir is None:
            return
        if not sample.get('img_path'):
            raise InputError('IRSTDMetric writes files by the names of '
                             'images, and a sample has no img_path')
        name = self._file_names(sample['img_path'])
        if self.output_dir is not None:
            mask = (scores > self.protocol.threshold).astype(np.uint8) * 255
            mmcv.imwrite(mask, osp.join(self.output_dir, f'{name}.png'))
        if self.score_dir is not None:
            path = osp.join(self.score_dir, f'{name}.npy')
            os.makedirs(osp.dirname(path), exist_ok=True)
            np.save(path, scores)

    def compute_metrics(
        self, results: Sequence[tuple[str | None, DetectionCounts]]
    ) -> dict[str, float]:
        """Turn the counts of all samples into the metrics above.

        Args:
            results (Sequence[tuple[str | None, DetectionCounts]]): Path of
                each image, and its counts by :attr:`protocol`.
        """
        paths = [path or f'image {number}'
                 for number, (path, _) in enumerate(results)]
        if self.output_dir is not None or self.score_dir is not None:
            names = UniqueNames(self.image_root)  # over all processes
            for path in paths:
                names(path)
        images = [counts for _, counts in results]
        self.result = self.protocol.evaluate(
            unique_names(paths, self.image_root), images, self.bootstrap)
        self.result.settings.update(self.info)
        if self.result_dir is not None:
            self.result.write(self.result_dir, self.worst_first)
        metrics = dict(self.result.metrics)
        undefined = [name for name, value in metrics.items() if value != value]
        if undefined:
            total = sum(map(self.protocol.at_threshold, images),
                        DetectionCounts())
            print_log(
                f'{", ".join(undefined)} undefined ({total.targets} targets, '
                f'{total.predicted} predicted pixels in {len(results)} '
                f'images): reported as {self.undefined}',
                logger='current',
                level=logging.WARNING)
            metrics.update(dict.fromkeys(undefined, self.undefined))
        return metrics
