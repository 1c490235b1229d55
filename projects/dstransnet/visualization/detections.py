"""Pictures of detections: image, truth and result side by side."""
from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from ..evaluation import Components, connected_components, match_components

# RGB. Chosen to differ in brightness as well as in hue.
HIT, MISS, FALSE_ALARM = (64, 148, 255), (255, 221, 0), (255, 64, 48)
_PANEL = 384  # pixels; smaller images are enlarged to about this height
_BAR = 28  # pixels; height of the caption


def _grey_to_rgb(image: np.ndarray) -> np.ndarray:
    return image if image.ndim == 3 else np.stack([image] * 3, axis=-1)


def _counted(number: int, noun: str) -> str:
    """Return '1 target', '2 targets'."""
    return f'{number} {noun}' + 's' * (number != 1)


def _panel(image: np.ndarray, scale: int, caption: str) -> np.ndarray:
    """Enlarge an image and put a caption above it."""
    height, width = image.shape[:2]
    panel = cv2.resize(
        _grey_to_rgb(image), (width * scale, height * scale),
        interpolation=cv2.INTER_NEAREST)
    bar = np.full((_BAR, panel.shape[1], 3), 32, np.uint8)
    font, size = cv2.FONT_HERSHEY_SIMPLEX, 0.5
    (text_width, _), _ = cv2.getTextSize(caption, font, size, 1)
    size *= min(1.0, (panel.shape[1] - 12) / max(text_width, 1))
    cv2.putText(bar, caption, (6, 19), font, size, (255, 255, 255), 1,
                cv2.LINE_AA)
    return np.concatenate((bar, panel))


def _circle(panel: np.ndarray, components: Components,
            numbers: Iterable[int], colour: tuple[int, int, int],
            scale: int) -> None:
    """Circle some components on an enlarged panel, in place."""
    for number in numbers:
        y, x = (components.centroids[number] + 0.5) * scale
        radius = np.sqrt(components.areas[number]) * scale + 8
        centre = (round(x), round(y) + _BAR)
        cv2.circle(panel, centre, round(radius), colour, 2, cv2.LINE_AA)


def draw_detections(image: np.ndarray, prediction: np.ndarray,
                    target: np.ndarray | None = None) -> np.ndarray:
    """Draw image, truth and result side by side.

    In the result, hits are circled blue, missed targets yellow and false
    alarms red, by the matching rule of the metrics. Without a truth there is
    no second panel and every detection is circled blue.

    Args:
        image (np.ndarray): Image of shape (H, W) or (H, W, 3), uint8, RGB.
        prediction (np.ndarray): Predicted mask of shape (H, W).
        target (np.ndarray, optional): True mask of shape (H, W). Defaults to
            None.

    Returns:
        np.ndarray: RGB picture, uint8.

    Raises:
        ValueError: If the sizes differ.
    """
    for name, mask in (('prediction', prediction), ('target', target)):
        if mask is not None and mask.shape != image.shape[:2]:
            raise ValueError(f'{name} must have the size of the image, '
                             f'{image.shape[:2]}, got {mask.shape}')
    scale = max(1, round(_PANEL / image.shape[0]))
    found = connected_components(prediction)
    panels = [_panel(image, scale, 'image')]
    if target is None:
        result = _panel(image, scale,
                        f'result: {_counted(len(found), "detection")}')
        _circle(result, found, range(len(found)), HIT, scale)
    else:
        truth = connected_components(target)
        matched = match_components(truth, found)
        missed = np.flatnonzero(matched < 0)
        alarms = np.setdiff1d(np.arange(len(found)), matched)
        panels.append(
            _panel((target != 0).astype(np.uint8) * 255, scale,
                   f'truth: {_counted(len(truth), "target")}'))
        result = _panel(
            image, scale,
            f'result: {_counted(len(truth) - len(missed), "hit")} (blue), '
            f'{len(missed)} missed (yellow), {len(alarms)} false (red)')
        _circle(result, found, matched[matched >= 0], HIT, scale)
        _circle(result, truth, missed, MISS, scale)
        _circle(result, found, alarms, FALSE_ALARM, scale)
    gap = np.full((result.shape[0], 6, 3), 255, np.uint8)
    pieces = [piece for panel in (*panels, result) for piece in (panel, gap)]
    return np.concatenate(pieces[:-1], axis=1)
