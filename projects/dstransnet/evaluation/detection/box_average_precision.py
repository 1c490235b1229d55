"""Average precision of boxes by the rule of COCO.

Reference:
    T.-Y. Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014.
"""
from __future__ import annotations

import contextlib
import importlib.util
import io
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...utils.errors import InputError


class ImageBoxes(NamedTuple):
    """Boxes of one image: top, left, bottom and right edge in pixels.

    Attributes:
        targets (np.ndarray): Of T targets, shape (T, 4).
        found (np.ndarray): Of K detections, shape (K, 4).
        scores (np.ndarray): Of the detections, shape (K, ).
    """
    targets: np.ndarray
    found: np.ndarray
    scores: np.ndarray


def check_pycocotools() -> None:
    """Raise InputError unless pycocotools is installed."""
    if importlib.util.find_spec('pycocotools') is None:
        raise InputError('the measure box_ap needs the package pycocotools: '
                         'pip install pycocotools')


def box_average_precision(images: Sequence[ImageBoxes]) -> dict[str, float]:
    """Compute the average precision of boxes with pycocotools.

    Its rule: detections choose by descending score the free target of highest
    IoU; precision at 101 recalls; at most 100 detections an image. Equal
    scores keep the order of the images.

    Returns:
        dict[str, float]: ``AP_box``, mean over the IoU thresholds 0.5,
        0.55 .. 0.95, ``AP50_box`` and ``AP75_box``, %; NaN without targets.

    Raises:
        InputError: If pycocotools is not installed.
    """
    check_pycocotools()
    from pycocotools.cocoeval import COCOeval

    means = [float('nan')] * 3
    if any(len(image.targets) for image in images):
        with contextlib.redirect_stdout(io.StringIO()):  # it reports steps
            evaluation = COCOeval(
                _coco([(image.targets, None) for image in images]),
                _coco([(image.found, image.scores) for image in images]),
                'bbox')
            evaluation.params.areaRng = evaluation.params.areaRng[:1]
            evaluation.params.areaRngLbl = evaluation.params.areaRngLbl[:1]
            evaluation.evaluate()
            evaluation.accumulate()
        # IoU thresholds, recalls, one class, all areas, most detections
        precision = evaluation.eval['precision'][:, :, 0, 0, -1]
        means = [100 * float(part.mean())
                 for part in (precision, precision[0], precision[5])]
    return dict(zip(('AP_box', 'AP50_box', 'AP75_box'), means))


def _coco(images: Sequence[tuple[np.ndarray, np.ndarray | None]]) -> Any:
    """Return boxes, and scores if they are detections, as COCO's data."""
    from pycocotools.coco import COCO

    annotations: list[dict[str, Any]] = []
    for image, (boxes, scores) in enumerate(images, 1):
        for number, (top, left, bottom, right) in enumerate(boxes.tolist()):
            height, width = bottom - top, right - left
            annotation = dict(
                id=len(annotations) + 1, image_id=image, category_id=1,
                bbox=[left, top, width, height], area=height * width,
                iscrowd=0)
            if scores is not None:
                annotation['score'] = float(scores[number])
            annotations.append(annotation)
    found = COCO()
    found.dataset = dict(
        images=[dict(id=image) for image in range(1, len(images) + 1)],
        categories=[dict(id=1, name='target')],
        annotations=annotations)
    found.createIndex()
    return found
