"""Pictures of samples with their targets outlined and enlarged."""
from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from ..imaging.components import (
    Components,
    component_boxes,
    connected_components,
)

# RGB; in no grey image, and bright on dark as on bright ground.
OUTLINE, FRAME = (255, 0, 255), (255, 221, 0)
SIDE = 512  # pixels of the longer side of an image
CLOSE_UP = 224  # pixels of an enlarged target's side
MOST = 8  # targets that are enlarged
_GAP, _BAR = 8, 28  # pixels; between pieces, and of a caption
_LEAST_CROP = 16  # pixels of the image around an enlarged target


def _write(canvas: np.ndarray, text: str, left: int, baseline: int,
           size: float, colour: tuple[int, int, int]) -> None:
    cv2.putText(canvas, text, (left, baseline), cv2.FONT_HERSHEY_SIMPLEX,
                size, colour, 1, cv2.LINE_AA)


def _captioned(picture: np.ndarray, text: str,
               least: int = 0) -> np.ndarray:
    """Put a caption above a picture, smaller where it would be cut off.

    A picture less than ``least`` pixels wide gets white on both sides.
    """
    missing = max(0, least - picture.shape[1])
    picture = np.pad(
        picture, ((0, 0), (missing // 2, missing - missing // 2), (0, 0)),
        constant_values=255)
    width = picture.shape[1]
    needed = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1, 1)[0][0]
    size = min(0.6, (width - 8) / max(1, needed))
    bar = np.full((_BAR, width, 3), 255, np.uint8)
    _write(bar, text, 4, 19, size, (0, 0, 0))
    return np.concatenate((bar, picture))


def _tiled(pieces: Sequence[np.ndarray], columns: int) -> np.ndarray:
    """Put pieces in rows on white, each in the middle of its place."""
    height = max(piece.shape[0] for piece in pieces)
    width = max(piece.shape[1] for piece in pieces)
    columns = min(columns, len(pieces))
    rows = math.ceil(len(pieces) / columns)
    canvas = np.full((rows * (height + _GAP) - _GAP,
                      columns * (width + _GAP) - _GAP, 3), 255, np.uint8)
    for number, piece in enumerate(pieces):
        top, left = (place * (side + _GAP) for place, side in zip(
            divmod(number, columns), (height, width)))
        left += (width - piece.shape[1]) // 2
        canvas[top:top + piece.shape[0], left:left + piece.shape[1]] = piece
    return canvas


def _scaled(image: np.ndarray, side: int) -> tuple[np.ndarray, float]:
    """Fit an image into a square; from twice its size on as whole squares."""
    scale: float = side / max(image.shape[:2])
    how = cv2.INTER_LINEAR if scale >= 1 else cv2.INTER_AREA
    if scale >= 2:
        scale, how = math.floor(scale), cv2.INTER_NEAREST
    height, width = (max(1, round(scale * length))
                     for length in image.shape[:2])
    return cv2.resize(image, (width, height), interpolation=how), scale


def _outline(canvas: np.ndarray, mask: np.ndarray, width: int) -> None:
    """Draw a line around a mask of the canvas' size, outside of it."""
    around = cv2.dilate(mask, np.ones((3, 3), np.uint8), iterations=width)
    canvas[(around != 0) & (mask == 0)] = OUTLINE


def _boxes(found: Components) -> list[list[int]]:
    """Return first row and column, last row and column of components."""
    return (component_boxes(found) - (0, 0, 1, 1)).astype(int).tolist()


class _Box(NamedTuple):
    """A rectangle in a picture, in pixels; its border belongs to it."""
    left: int
    top: int
    right: int
    bottom: int

    def meets(self, other: _Box) -> bool:
        """Return whether two rectangles overlap."""
        return (self.left <= other.right and other.left <= self.right
                and self.top <= other.bottom and other.top <= self.bottom)


def _place(frame: _Box, wide: int, inside: _Box,
           taken: Sequence[_Box]) -> _Box:
    """Return where a number of some width goes, beside its frame.

    That is above, below, to the right or to the left; where nothing else is,
    if there is such a place, and always inside the picture.
    """
    left = max(0, min(frame.left, inside.right - wide))
    top = max(0, min(frame.top, inside.bottom - 12))
    corners = ((left, frame.top - 15), (left, frame.bottom + 3),
               (frame.right + 3, top), (frame.left - wide - 3, top))
    places = [_Box(left, top, left + wide, top + 12) for left, top in corners]
    places = [
        place for place in places
        if place.left >= inside.left and place.top >= inside.top
        and place.right <= inside.right and place.bottom <= inside.bottom
    ] or [_Box(0, 0, wide, 12)]
    return next((place for place in places
                 if not any(place.meets(box) for box in taken)), places[0])


def _overview(image: np.ndarray, boxes: Sequence[Sequence[int]],
              side: int) -> np.ndarray:
    """Draw the whole image, its targets in numbered frames."""
    picture, scale = _scaled(image, side)
    height, width = picture.shape[:2]
    whole = _Box(0, 0, width - 1, height - 1)
    frames = []
    for top, left, bottom, right in boxes:
        frame = _Box(
            max(0, math.floor(left * scale) - 5),
            max(0, math.floor(top * scale) - 5),
            min(width - 1, math.ceil((right + 1) * scale) + 4),
            min(height - 1, math.ceil((bottom + 1) * scale) + 4))
        cv2.rectangle(picture, frame[:2], frame[2:], FRAME, 1)
        frames.append(frame)
    taken = list(frames)
    for number, frame in enumerate(frames, start=1):
        place = _place(frame, 10 * len(str(number)), whole, taken)
        taken.append(place)
        for colour, shift in (((0, 0, 0), 1), (FRAME, 0)):
            _write(picture, str(number), place.left + shift,
                   place.bottom - 1 + shift, 0.5, colour)
    return picture


def _close_up(image: np.ndarray, mask: np.ndarray,
              box: Sequence[int]) -> tuple[np.ndarray, float]:
    """Enlarge a target with its surroundings; return the factor too."""
    length = max(box[2] - box[0], box[3] - box[1]) + 1
    side = max(_LEAST_CROP, length + 2 * max(4, length // 4))
    scale = max(1, CLOSE_UP // side)
    side = CLOSE_UP // scale if scale > 1 else side
    crops = []
    for array, fill in ((image, 255), (mask, 0)):
        crop = np.full((side, side, *array.shape[2:]), fill, np.uint8)
        spans = []
        for axis in (0, 1):
            first = (box[axis] + box[axis + 2] + 1 - side) // 2
            begin, end = max(0, first), min(array.shape[axis], first + side)
            spans.append((first, begin, end))
        (row, top, bottom), (column, left, right) = spans
        crop[top - row:bottom - row, left - column:right - column] = (
            array[top:bottom, left:right])
        crops.append(crop)
    exact = CLOSE_UP / side if scale == 1 else scale
    shape = 2 * (round(side * exact), )
    how = cv2.INTER_NEAREST if exact >= 1 else cv2.INTER_AREA
    picture = cv2.resize(crops[0], shape, interpolation=how)
    _outline(picture, cv2.resize(crops[1], shape,
                                 interpolation=cv2.INTER_NEAREST), 2)
    return picture, exact


def _checked(image: np.ndarray,
             labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return an image of three channels, and a mask of 0 and 1."""
    if (image.dtype != np.uint8 or not image.size or image.ndim < 2
            or image.shape[2:] not in ((), (1, ), (3, ))):
        raise ValueError('image must be uint8 of shape (H, W) or (H, W, 3), '
                         f'got {image.dtype} of shape {image.shape}')
    if labels.shape != image.shape[:2]:
        raise ValueError('labels must have the size of the image, '
                         f'{image.shape[:2]}, got {labels.shape}')
    if image.ndim == 2:
        image = image[..., None]
    return (np.ascontiguousarray(np.broadcast_to(
        image, (*image.shape[:2], 3))), (labels == 1).astype(np.uint8))


def draw_sample(image: np.ndarray, labels: np.ndarray,
                name: str) -> np.ndarray:
    """Draw an image with its targets numbered, and the targets enlarged.

    Args:
        image (np.ndarray): Image of shape (H, W) or (H, W, 3), uint8, RGB.
        labels (np.ndarray): Labels of shape (H, W), 1 where there is a
            target.
        name (str): What to write above it.

    Returns:
        np.ndarray: Picture of shape (rows, columns, 3), uint8, RGB.

    Raises:
        ValueError: If the image is none, or the sizes differ.

    Examples:
        >>> labels = np.eye(64, dtype=np.uint8)
        >>> draw_sample(200 * labels, labels, 'a').shape
        (800, 512, 3)
    """
    image, mask = _checked(image, labels)
    found = connected_components(mask)
    boxes = _boxes(found)
    height, width = image.shape[:2]
    count = f'{len(boxes)} target' + 's' * (len(boxes) != 1)
    picture = _captioned(
        _overview(image, boxes, SIDE), f'{name}: {width} x {height}, {count}',
        CLOSE_UP)
    pieces = []
    for number, box in enumerate(boxes[:MOST], start=1):
        close_up, scale = _close_up(image, mask, box)
        pieces.append(_captioned(
            close_up,
            f'{number}: {found.areas[number - 1]} px, {scale:.3g}x'))
    blocks = [picture]
    if pieces:
        columns = max(2, (picture.shape[1] + _GAP) // (CLOSE_UP + _GAP))
        blocks.append(_tiled(pieces, columns))
    if len(boxes) > MOST:
        rest = np.full((0, blocks[-1].shape[1], 3), 255, np.uint8)
        blocks.append(_captioned(rest, f'and {len(boxes) - MOST} more'))
    broadest = max(block.shape[1] for block in blocks)
    return np.concatenate([
        np.pad(block, ((0, _GAP * (block is not blocks[-1])),
                       (0, broadest - block.shape[1]), (0, 0)),
               constant_values=255) for block in blocks
    ])


def draw_contact_sheet(samples: Sequence[tuple[np.ndarray, np.ndarray, str]],
                       columns: int = 4,
                       side: int = 256) -> np.ndarray:
    """Draw many samples small, their targets in numbered frames.

    Args:
        samples (Sequence[tuple]): Image, labels and name of each, as of
            :func:`draw_sample`; one at least.
        columns (int): Samples in a row. Defaults to 4.
        side (int): Longer side of an image in pixels. Defaults to 256.

    Returns:
        np.ndarray: Picture of shape (rows, columns, 3), uint8, RGB.

    Raises:
        ValueError: If there is no sample, or one is none.
    """
    if not samples:
        raise ValueError('samples must hold at least one, got none')
    pieces = []
    for image, labels, name in samples:
        image, mask = _checked(image, labels)
        boxes = _boxes(connected_components(mask))
        pieces.append(_captioned(
            _overview(image, boxes, side), name, side))
    return _tiled(pieces, columns)
