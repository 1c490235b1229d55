"""IoU, nIoU, Pd, Fa and AUC as an mmengine metric."""
from __future__ import annotations

import dataclasses
import inspect
import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.dist import get_world_size
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from mmseg.registry import METRICS

from ..utils.errors import InputError
from ..utils.sample_names import unique_names
from .protocol import EvaluationProtocol, ImageMeasurements
from .report.evaluation_files import EvaluationFiles
from .report.evaluation_result import EvaluationResult

MOST_SCORES = 2**28
"""Pixels of an evaluation whose scores are kept for AUC_exact: 1 GiB."""


def target_scores(sample: dict) -> np.ndarray:
    """Return the target probability of every pixel of a data sample.

    mmseg stores probabilities under ``seg_logits`` where the head has one
    channel, and logits where it has two.

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


def checked_sample(sample: dict,
                   metric: str) -> tuple[np.ndarray, np.ndarray]:
    """Return scores and true labels of a data sample.

    Args:
        sample (dict): Data sample of mmseg, as a dict.
        metric (str): Name of the metric in errors.

    Returns:
        tuple[np.ndarray, np.ndarray]: Both of shape (H, W); labels are 0
        and 1.

    Raises:
        InputError: If there is no ground truth, or it has other labels or
            another size than the scores, or a score is NaN.
    """
    where = sample.get('img_path') or 'a sample'
    if 'gt_sem_seg' not in sample:
        raise InputError(f'{where}: {metric} needs its mask, and the dataset '
                         'has none')
    truth = sample['gt_sem_seg']['data'].squeeze(0).cpu().numpy()
    if ((truth != 0) & (truth != 1)).any():
        raise InputError(
            f'{metric} expects labels 0 and 1, got '
            f'{np.unique(truth).tolist()} in '
            f'{sample.get("seg_map_path") or "a sample"}')
    scores = target_scores(sample)
    if np.isnan(scores).any():
        raise InputError(f'{where}: the model predicts NaN')
    if scores.shape != truth.shape:
        raise InputError(
            f'{where}: expected a mask of the size of the scores, '
            f'{scores.shape[0]} x {scores.shape[1]} (height x width), got '
            f'{truth.shape[0]} x {truth.shape[1]}')
    return scores, truth


@METRICS.register_module()
class IRSTDMetric(BaseMetric):
    """Pixel-level and target-level metrics of small target detection.

    A pixel is target where its probability is strictly greater than the
    threshold. Over a dataset:

    - ``IoU``: IoU of the target class over all pixels, %;
    - ``nIoU``: mean over images of the IoU of each, %;
    - ``nIoU_target``: the same over images with a target, %;
    - ``Pd``: detected targets over targets, %;
    - ``Fa``: as in the published tables, area of unmatched components over
      all pixels, 1e-6; an unmatched component is left out if a matched one in
      the same image has the same area;
    - ``Fa_component``: the same with no component left out, 1e-6;
    - ``Fa_pixel``: predicted pixels outside detected targets over all pixels,
      1e-6;
    - ``Precision``, ``Recall``, ``F1``: over pixels, %;
    - ``AUC``: trapezoidal area under the points of the pixel-level ROC curve
      at the swept thresholds, 0 .. 1;
    - ``AUC_exact``: exact area under that curve, see :func:`rank_auc`.

    These are the measures ``published``. Others are chosen by name
    (``measures=['published', 'hierarchy']``), see ``MEASURES``; some of them
    use the intensities of the image files.

    Values are not rounded. A ratio without a denominator (for example Pd
    without any target) is ``undefined``, and a warning in the log says so.

    Works with any mmseg model of one or two output channels. Results do not
    depend on the number of processes. Memory: a few counts an image, and 4
    bytes a pixel for AUC_exact, which is undefined in evaluations of more
    than ``MOST_SCORES`` pixels. Curves, intervals and one record an image are
    in :attr:`result` of the main process after an evaluation.

    Args:
        threshold (float, optional): That of the protocol. Defaults to None:
            as ``protocol`` says, 0.5 otherwise.
        protocol (dict, optional): Arguments of :class:`EvaluationProtocol`.
            Defaults to the published rules.
        files (dict, optional): Arguments of :class:`EvaluationFiles`. Defaults
            to none: nothing is written.
        undefined (float): Value of undefined ratios, NaN or 0. Defaults to
            NaN.
        reading (dict, optional): How image files are read for the measures
            that use them, see :func:`read_input`. Defaults to none.
        info (dict, optional): Additional ``settings`` of ``result.json``,
            about the model for example. Defaults to None.
        keep_results (bool): Accepted for mmseg's test script; written masks
            always stay.
        collect_device (str): See :class:`mmengine.evaluator.BaseMetric`, like
            the next two. Defaults to ``'cpu'``.
        prefix (str, optional): Prefix of the names. Defaults to ``'irstd'``.
        collect_dir (str, optional): Defaults to None.
        **settings: Arguments of the protocol or the files by their own names,
            such as ``distance=4``; they override those of the groups.

    Attributes:
        protocol (EvaluationProtocol): The rules.
        files (EvaluationFiles): Where files go.
        result (EvaluationResult, optional): Result of the last evaluation;
            None in processes other than the main one.

    Raises:
        TypeError: If an argument is unknown.
        ValueError: If an argument is invalid.
    """

    default_prefix = 'irstd'

    def __init__(self,
                 threshold: float | None = None,
                 protocol: dict | None = None,
                 files: dict | None = None,
                 undefined: float = float('nan'),
                 reading: dict | None = None,
                 info: dict | None = None,
                 keep_results: bool = True,
                 collect_device: str = 'cpu',
                 prefix: str | None = None,
                 collect_dir: str | None = None,
                 **settings: Any) -> None:
        super().__init__(collect_device, prefix, collect_dir)
        if undefined == undefined and undefined != 0:
            raise ValueError(f'undefined must be NaN or 0, got {undefined}')
        if threshold is not None:
            settings['threshold'] = threshold
        known = self.setting_names()
        unknown = [name for name in settings if name not in known]
        if unknown:
            raise TypeError(f'IRSTDMetric: unknown argument {unknown[0]!r}, '
                            f'expected one of {", ".join(known)}')
        self.protocol = EvaluationProtocol.of_settings(
            dict(settings, protocol=protocol))
        places = {name: settings[name] for name in _fields(EvaluationFiles)
                  if name in settings}
        self.files = EvaluationFiles(**{**(files or {}), **places})
        self.undefined = undefined
        self.reading = dict(reading or {})
        self.info = dict(info or {})
        self.result: EvaluationResult | None = None
        self._pixels = 0

    @staticmethod
    def setting_names() -> list[str]:
        """Return the names that ``**settings`` may have."""
        return _fields(EvaluationProtocol) + _fields(EvaluationFiles)

    def metric_names(self) -> list[str]:
        """Return the names of the metrics, with their prefix."""
        return [f'{self.prefix}/{name}'
                for name in self.protocol.metric_names()]

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Measure each sample of a batch.

        Raises:
            InputError: See :func:`checked_sample`; or if there is no readable
                image for a measure that uses it.
        """
        for sample in data_samples:
            scores, truth = checked_sample(sample, 'IRSTDMetric')
            measured = self.protocol.measure(scores, truth,
                                             self._image(sample, truth.shape))
            self._pixels += scores.size
            if self._pixels * get_world_size() > MOST_SCORES:
                measured = dataclasses.replace(measured, scores=None)
            self.results.append((sample.get('img_path'), measured))
            self.files.write_prediction(
                sample.get('img_path'), scores, self.protocol.threshold)

    def _image(self, sample: dict,
               shape: tuple[int, int]) -> np.ndarray | None:
        """Return the intensities of a sample's image, if a measure uses them.

        Raises:
            InputError: If there is no path, or no readable file.
        """
        if not self.protocol.uses_images:
            return None
        path = sample.get('img_path')
        if not path:
            names = [measure.name for measure in self.protocol.chosen
                     if measure.uses_image]
            raise InputError(f'a sample: the measures {", ".join(names)} need '
                             'its image, and it has no img_path')
        return self.protocol.read_image(path, shape, self.reading)

    def compute_metrics(
        self, results: Sequence[tuple[str | None, ImageMeasurements]]
    ) -> dict[str, float]:
        """Compute the metrics from path and measurements of each image."""
        paths = [path or f'image {number}'
                 for number, (path, _) in enumerate(results)]
        self.files.check_names(paths)
        self.result = self.protocol.evaluate(
            unique_names(paths, self.files.image_root),
            [measured for _, measured in results])
        self.result.settings.update(self.info)
        self.files.write_result(self.result)
        for warning in self.result.warnings:
            _warn(warning)
        metrics = dict(self.result.metrics)
        undefined = [name for name, value in metrics.items() if value != value]
        if undefined:
            predicted = sum(
                int(self.protocol.at_threshold(measured.counts).predicted)
                for _, measured in results)
            _warn(f'{", ".join(undefined)} undefined '
                  f'({self.result.num_targets} targets, {predicted} '
                  f'predicted pixels in {len(results)} images): reported as '
                  f'{self.undefined}')
            metrics.update(dict.fromkeys(undefined, self.undefined))
        return metrics

    def evaluate(self, size: int) -> dict[str, float]:
        """Compute the metrics of ``size`` images, and start anew."""
        self._pixels = 0
        return super().evaluate(size)


def _signature_with_settings() -> inspect.Signature:
    """Return the signature of IRSTDMetric with all names of its settings."""
    *own, _ = inspect.signature(IRSTDMetric.__init__).parameters.values()
    return inspect.Signature(own + [
        inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY,
                          default=field.default, annotation=field.type)
        for group in (EvaluationProtocol, EvaluationFiles)
        for field in dataclasses.fields(group) if field.name != 'threshold'
    ])


# Seen by help() and by checks of configs.
IRSTDMetric.__init__.__signature__ = (  # type: ignore[attr-defined]
    _signature_with_settings())


def check_save_best(save_best: str | Sequence[str],
                    metrics: Sequence[BaseMetric]) -> None:
    """Check that a metric to save the best checkpoint by exists.

    Args:
        save_best (str | Sequence[str]): Argument of a checkpoint hook.
        metrics (Sequence[BaseMetric]): Metrics of the validation. Nothing is
            checked if one of them is no :class:`IRSTDMetric`, since the names
            of others are unknown.

    Raises:
        InputError: If a name is unknown; the message lists the known ones.
    """
    if not all(isinstance(metric, IRSTDMetric) for metric in metrics):
        return
    known = [name for metric in metrics for name in metric.metric_names()]
    names = [save_best] if isinstance(save_best, str) else save_best
    for name in names:
        if name not in ('auto', *known):
            raise InputError(f"save_best: expected 'auto' or one of "
                             f'{", ".join(known)}, got {name!r}')


def _fields(group: type) -> list[str]:
    return [field.name for field in dataclasses.fields(group)]


def _warn(text: str) -> None:
    print_log(text, logger='current', level=logging.WARNING)
