"""Close-ups of single targets and false alarms."""
from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from .findings import Finding, Kind, counted
from .layout import (
    caption,
    legend,
    num_caption_lines,
    stacked,
    tag,
    wrapped,
)
from .view import resize_image, resize_map, to_rgb

# RGB. Most kinds of colour vision tell this pair apart; neither occurs in
# grey images, nor as the colour of a frame.
TRUTH, PREDICTION = (0, 205, 80), (255, 0, 255)
MOST_INSETS = 12
SIDE = 240  # pixels of a close-up
_DASH = 4  # pixels; of lines that share their place
FRAME = 4  # pixels; width of the frame
# Sides of crops, in pixels of the image, that have a whole factor to SIDE.
_CROPS = (16, 20, 24, 30, 40, 48, 60, 80, 120, 240)


def draw_outlines(canvas: np.ndarray, truth: np.ndarray,
                  prediction: np.ndarray, width: int) -> None:
    """Draw the borders of enlarged masks of 0 and 1, in place.

    The line of the ground truth lies outside its mask, that of the prediction
    inside. Where the masks agree, both are visible side by side. Where one
    mask begins at the edge of the other, the lines share their place and
    alternate.
    """
    around = np.ones((3, 3), np.uint8)
    eroded = cv2.erode(prediction, around, iterations=width)
    dilated = cv2.dilate(truth, around, iterations=width)
    inner = (prediction != 0) & (eroded == 0)
    outer = (dilated != 0) & (truth == 0)
    rows, columns = np.ogrid[:truth.shape[0], :truth.shape[1]]
    turn = (rows + columns) // _DASH % 2 == 0
    canvas[outer & ~(inner & turn)] = TRUTH
    canvas[inner & ~(outer & ~turn)] = PREDICTION


def _crop(array: np.ndarray, top: int, left: int, side: int,
          fill: int) -> np.ndarray:
    """Cut a square out of an array, padded with ``fill``."""
    result = np.full((side, side, *array.shape[2:]), fill, array.dtype)
    first_row, first_column = max(0, top), max(0, left)
    inside = array[first_row:top + side, first_column:left + side]
    first_row, first_column = first_row - top, first_column - left
    result[first_row:first_row + inside.shape[0],
           first_column:first_column + inside.shape[1]] = inside
    return result


def close_up(finding: Finding, image: np.ndarray, prediction: np.ndarray,
             target: np.ndarray | None) -> np.ndarray:
    """Enlarge the surroundings of a finding, with the outlines of the masks.

    The finding is centred. Areas outside the image are white.
    """
    side = crop_side(finding)
    row, column = finding.centre
    place = round(row - side / 2), round(column - side / 2), side
    canvas = resize_image(_crop(to_rgb(image), *place, fill=255), SIDE, SIDE)
    truth, predicted = (
        resize_map(
            _crop((mask != 0).astype(np.uint8), *place, fill=0), SIDE, SIDE)
        for mask in (np.zeros_like(prediction) if target is None else target,
                     prediction))
    width = 2 if side <= SIDE // 8 else 1
    draw_outlines(canvas, truth, predicted, width)
    return canvas


def crop_side(finding: Finding) -> int:
    """Return the side of a close-up, in pixels of the image.

    It leaves a quarter of the finding's length, and at least three pixels,
    on each side.
    """
    top, left, bottom, right = finding.box
    length = max(bottom - top, right - left)
    needed = length + 2 * max(3, length // 4)
    return next((side for side in _CROPS if side >= needed), needed)


def _framed(close_up: np.ndarray, finding: Finding,
            num_lines: int) -> np.ndarray:
    """Frame a close-up, with the zoom in a corner and a caption above it."""
    frame = np.full((SIDE + 2 * FRAME, SIDE + 2 * FRAME, 3),
                    finding.kind.colour, np.uint8)
    inside = frame[FRAME:-FRAME, FRAME:-FRAME]
    inside[:] = close_up
    zoom = tag(f'{SIDE / crop_side(finding):.3g}x', (255, 255, 255))
    inside[-len(zoom):, -zoom.shape[1]:] = zoom
    return stacked(
        (caption(finding.caption, len(frame), num_lines), frame), gap=0)


def choose(findings: Sequence[Finding], most: int) -> list[Finding]:
    """Choose at most so many findings to enlarge: errors before hits."""
    importance = (Kind.MISSED, Kind.FALSE_ALARM, Kind.HIT, Kind.DETECTION)
    chosen = sorted(findings, key=lambda item: importance.index(item.kind))
    return sorted(chosen[:most], key=lambda item: item.number)


def close_up_rows(shown: Sequence[Finding], image: np.ndarray,
                  prediction: np.ndarray, target: np.ndarray | None,
                  width: int) -> np.ndarray:
    """Draw framed close-ups in rows of ``width`` pixels."""
    num_lines = max(
        num_caption_lines(finding.caption, SIDE + 2 * FRAME)
        for finding in shown)
    return wrapped([
        _framed(close_up(finding, image, prediction, target), finding,
                num_lines) for finding in shown
    ], width)


def inset_rows(shown: Sequence[Finding], findings: Sequence[Finding],
               image: np.ndarray, prediction: np.ndarray,
               target: np.ndarray | None, width: int) -> list[np.ndarray]:
    """Draw close-ups, a note on findings without one, and the legend."""
    blocks = [close_up_rows(shown, image, prediction, target, width)]
    rest = [finding for finding in findings if finding not in shown]
    kinds = [Kind.DETECTION] if target is None else [
        Kind.HIT, Kind.MISSED, Kind.FALSE_ALARM]
    if rest:
        left_out = [kind for kind in kinds
                    if any(finding.kind is kind for finding in rest)]
        blocks.append(
            caption(f'and {len(rest)} more: {counted(rest, left_out)}', width))
    entries = [(kind.words, kind.colour) for kind in kinds]
    if target is not None:
        entries.append(('outline of the truth', TRUTH))
    entries.append(('outline of the prediction', PREDICTION))
    return [*blocks, legend(entries, width)]
