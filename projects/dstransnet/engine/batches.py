"""Image names and shapes of a batch, for messages."""
from __future__ import annotations

from collections import Counter
from typing import Any


def image_names(data_batch: Any) -> list[str]:
    """Return the image files of a batch; 'unknown' for one without a path.

    Anything but a dict with ``data_samples`` has no names.
    """
    samples = data_batch.get('data_samples') if isinstance(
        data_batch, dict) else None
    return [str(getattr(sample, 'img_path', None) or 'unknown')
            for sample in samples or []]


def image_shapes(data_batch: Any) -> list[tuple[int, ...]]:
    """Return the shapes (C, H, W) of a batch's images.

    ``inputs`` of a batch are a tensor (N, C, H, W), or a list of (C, H, W).
    Test-time augmentation has a list of such lists, one per view. The first
    one counts, since views run one after another.
    """
    inputs: Any = ()
    if isinstance(data_batch, dict):
        inputs = data_batch.get('inputs', ())
    if len(inputs) and isinstance(inputs[0], (list, tuple)):
        inputs = inputs[0]
    return [tuple(image.shape) for image in inputs]


def describe_shapes(shapes: list[tuple[int, ...]]) -> str:
    """Return shapes as text.

    Examples:
        >>> describe_shapes([(3, 512, 512), (3, 512, 512), (3, 8, 9)])
        '2 of 3 x 512 x 512, 1 of 3 x 8 x 9'
    """
    return ', '.join(
        f'{count} of {" x ".join(map(str, shape))}'
        for shape, count in Counter(shapes).items())
