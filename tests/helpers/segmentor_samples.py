"""Data samples as segmentors give them, and their evaluation."""
import numpy as np
import torch
from mmengine.evaluator import Evaluator
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from projects.dstransnet.evaluation import EvaluationResult, IRSTDMetric


def sample(scores=None, truth=None, labels=None, **meta) -> SegDataSample:
    """Return a data sample as a segmentor of mmseg gives it.

    Args:
        scores: ``seg_logits`` of shape (C, H, W) or (H, W).
        truth: Labels of shape (H, W).
        labels: ``pred_sem_seg`` of shape (H, W).
    """
    result = SegDataSample(metainfo=meta)
    if scores is not None:
        scores = torch.as_tensor(scores, dtype=torch.float32)
        result.seg_logits = PixelData(
            data=scores[None] if scores.ndim == 2 else scores)
    if labels is not None:
        result.pred_sem_seg = PixelData(
            data=torch.as_tensor(labels, dtype=torch.float32)[None])
    result.gt_sem_seg = PixelData(
        data=torch.as_tensor(truth, dtype=torch.int64)[None])
    return result


def evaluate(samples: list[SegDataSample],
             batch: int = 1,
             **kwargs) -> dict[str, float]:
    return evaluation(samples, batch, **kwargs)[0]


def evaluation(samples: list[SegDataSample],
               batch: int = 1,
               **kwargs) -> tuple[dict[str, float], EvaluationResult]:
    """Return what is reported, and the result."""
    metric = IRSTDMetric(**kwargs)
    evaluator = Evaluator([metric])
    for start in range(0, len(samples), batch):
        evaluator.process(data_samples=samples[start:start + batch])
    return evaluator.evaluate(len(samples)), metric.result


def random_samples(count: int, shape=(30, 41)) -> list[SegDataSample]:
    """Square targets; some found, some displaced, some only imagined."""
    rng = np.random.default_rng(0)
    samples = []
    for number in range(count):
        truth, scores = np.zeros(shape), rng.uniform(0, 0.4, shape)
        for _ in range(rng.integers(1, 4)):
            row, col = rng.integers(4, 24, 2)
            truth[row:row + 3, col:col + 2] = 1
            row, col = np.array([row, col]) + rng.integers(-3, 4, 2)
            scores[row:row + 2, col:col + 3] = rng.uniform(0.3, 1)
        samples.append(
            sample(scores, truth, img_path=f'images/{number}.png'))
    return samples
