"""Hook that draws detections during testing and validation."""
from __future__ import annotations

import os.path as osp
from collections.abc import Sequence
from typing import Any

import mmcv
import numpy as np
import torch
from mmengine.dataset import BaseDataset
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS
from mmseg.structures import SegDataSample
from torch.nn import functional as F

from ...datasets.mask_rules import mask_thresholds
from ...evaluation import MATCH_DISTANCE, target_scores
from ...evaluation.functional.matching import check_match_options
from ...imaging.display import read_for_display
from ...imaging.masks import mask_to_labels, read_mask
from ...utils.sample_names import UniqueNames, image_paths
from ...visualization import draw_detections


def scores_at_size(sample: SegDataSample, size: Sequence[int]) -> np.ndarray:
    """Return target probabilities in a given size.

    Logits are interpolated rather than probabilities, as the framework does.
    One-channel predictions are float32 probabilities, so their logits
    saturate at a magnitude of 16.

    Args:
        sample (SegDataSample): A prediction with ``seg_logits``.
        size (Sequence[int]): Height and width in pixels.

    Returns:
        np.ndarray: Scores in [0, 1] of shape (H, W), float32.
    """
    logits = sample.seg_logits.data.detach().float()
    if logits.shape[-2:] != tuple(size):
        if len(logits) == 1:
            logits = torch.logit(logits, eps=1e-7)
        logits = F.interpolate(
            logits[None], size=tuple(size), mode='bilinear')[0]
        if len(logits) == 1:
            logits = logits.sigmoid()
    return target_scores(dict(seg_logits=dict(data=logits)))


@HOOKS.register_module()
class IRSTDVisualizationHook(Hook):
    """Draw image, ground truth, scores and result in the size of the files.

    Metrics may use the network's input size, but pictures and masks are
    compared with the files, so they have their size.

    Args:
        draw (bool): Whether to draw at all. Defaults to False.
        interval (int): Draw every ``interval``-th batch in validation; in
            testing, every sample is drawn. Defaults to 50.
        threshold (float): A pixel is target above it. Defaults to 0.5.
        out_dir (str, optional): Write ``pictures/NAME.png`` and
            ``masks/NAME.png`` (0 / 255) there; None sends the pictures to the
            visualizer's backends. Defaults to None.
        mask_threshold (int, optional): See :class:`LoadIRSTDMask`. Defaults
            to None, the threshold of the dataset.
        show (bool): mmseg's test script sets it; windows are not supported.
        wait_time (float): Accepted for mmseg's test script, not used.
        image_root (str, optional): NAME is the path of the image relative to
            this folder, or its base name for None and for images elsewhere.
            Defaults to None.
        match (str): Matching rule, ``'centroid'`` or ``'overlap'``; like the
            next two, see :class:`IRSTDMetric`. Defaults to ``'centroid'``.
        distance (float): Matching distance in pixels. Defaults to 3.
        connectivity (int): 8 or 4. Defaults to 8.
        page (int, optional): See :class:`LoadInfraredImage`; for files with
            several pages. Defaults to None.
        raw (dict, optional): See :class:`LoadInfraredImage`; for raw frames.
            Defaults to None.

    Raises:
        ValueError: If ``show`` is set or an option has an unknown value.
        InputError: If two images have the same name; before drawing.
    """

    def __init__(self,
                 draw: bool = False,
                 interval: int = 50,
                 threshold: float = 0.5,
                 out_dir: str | None = None,
                 mask_threshold: int | None = None,
                 show: bool = False,
                 wait_time: float = 0.0,
                 *,
                 image_root: str | None = None,
                 match: str = 'centroid',
                 distance: float = MATCH_DISTANCE,
                 connectivity: int = 8,
                 page: int | None = None,
                 raw: dict | None = None) -> None:
        check_match_options(match, distance, connectivity)
        if interval < 1:
            raise ValueError(f'interval must be at least 1, got {interval}')
        self.draw = draw
        self.interval = interval
        self.threshold = threshold
        self.matching: dict[str, Any] = dict(
            match=match, distance=distance, connectivity=connectivity)
        self.reading: dict[str, Any] = dict(page=page, raw=raw)
        self.out_dir = out_dir
        self.names = UniqueNames(image_root)
        self.mask_threshold = mask_threshold
        self._mask_thresholds: dict[str, int] = {}
        if show:
            raise ValueError('IRSTDVisualizationHook opens no windows; use '
                             '--show-dir instead of --show')

    def _prepare(self, dataset: BaseDataset) -> None:
        """Read how masks become labels; raise if two images have one name.

        In a distributed run each process draws its share of the images, and
        would not see the names of the others.
        """
        if self.draw:
            self._mask_thresholds = mask_thresholds(dataset)
        if self.draw and self.out_dir is not None:
            for path in image_paths(dataset):
                self.names(path)

    def before_val(self, runner: Runner) -> None:
        """Check the names of the files that validation may write."""
        self._prepare(runner.val_dataloader.dataset)

    def before_test(self, runner: Runner) -> None:
        """Check the names of the files that testing will write."""
        self._prepare(runner.test_dataloader.dataset)

    def _draw(self, runner: Runner, sample: SegDataSample, prefix: str,
              step: int) -> None:
        path = sample.img_path
        name = self.names(path)
        image = read_for_display(path, **self.reading)
        scores = scores_at_size(sample, image.shape[:2])
        mask = scores > self.threshold
        target = None
        mask_path = sample.get('seg_map_path')
        if mask_path is not None:
            threshold = self.mask_threshold
            if threshold is None:
                threshold = self._mask_thresholds.get(mask_path)
            target = mask_to_labels(
                read_mask(mask_path), threshold, mask_path)
        if target is not None and target.shape != mask.shape:
            target = mmcv.imresize(
                target,
                mask.shape[::-1],
                interpolation='nearest',
                backend='pillow')
        picture = draw_detections(image, mask, target, scores, **self.matching)
        if self.out_dir is None:
            # Backends that write files do not create folders.
            flat = name.replace('%', '%25').replace('/', '%2F')
            runner.visualizer.add_image(f'{prefix}_{flat}', picture, step)
            return
        for folder, pixels in (('pictures', picture[..., ::-1]),
                               ('masks', mask.astype(np.uint8) * 255)):
            mmcv.imwrite(pixels, osp.join(self.out_dir, folder,
                                          f'{name}.png'))

    def after_val_iter(self,
                       runner: Runner,
                       batch_idx: int,
                       data_batch: Any = None,
                       outputs: Sequence[SegDataSample] | None = None) -> None:
        """Draw the first sample of every ``interval``-th batch."""
        if self.draw and outputs and batch_idx % self.interval == 0:
            self._draw(runner, outputs[0], 'val', runner.iter)

    def after_test_iter(
            self,
            runner: Runner,
            batch_idx: int,
            data_batch: Any = None,
            outputs: Sequence[SegDataSample] | None = None) -> None:
        """Draw every sample."""
        if self.draw:
            for sample in outputs or ():
                self._draw(runner, sample, 'test', batch_idx)
