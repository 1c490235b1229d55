"""Pieces of a picture: captions, tags, legends, and their arrangement.

No text is cut off.
"""
from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

Colour = tuple[int, int, int]

BLACK = (0, 0, 0)
# Letters of about 7 pt where a picture of four panels fills a page's width.
SIZE = 0.75  # a factor of OpenCV's own size
LINE = 28  # pixels from one line to the next
MARGIN = 4  # pixels between text and the border of its block
_BASELINE = 21  # pixels below the top of a line
GAP = 8  # pixels of white between pieces
_TAG_SIZE = 0.55  # like SIZE; hides little of the image
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def text_width(text: str) -> int:
    """Return the width of a line in pixels."""
    return cv2.getTextSize(text, _FONT, SIZE, 1)[0][0]


def wrap_text(text: str, width: int) -> list[str]:
    """Break a text between words into lines no wider than ``width`` pixels.

    A single word that is wider has a line of its own.

    Examples:
        >>> wrap_text('one two three', text_width('one two'))
        ['one two', 'three']
    """
    lines: list[str] = []
    for word in text.split():
        longer = f'{lines[-1]} {word}' if lines else word
        if lines and text_width(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def write(canvas: np.ndarray, text: str, corner: tuple[int, int]) -> None:
    """Write one line in black, in place; the corner is its left and top."""
    origin = (corner[0], corner[1] + _BASELINE)
    cv2.putText(canvas, text, origin, _FONT, SIZE, BLACK, 1, cv2.LINE_AA)


def tag(text: str, colour: Colour) -> np.ndarray:
    """Return a small block with a word on a colour, to be put on an image."""
    (width, height), below = cv2.getTextSize(text, _FONT, _TAG_SIZE, 1)
    block = np.full((height + below + 4, width + 6, 3), colour, np.uint8)
    cv2.putText(block, text, (3, height + 2), _FONT, _TAG_SIZE, BLACK, 1,
                cv2.LINE_AA)
    return block


def num_caption_lines(text: str, width: int) -> int:
    """Return how many lines a caption of some width in pixels needs."""
    return len(wrap_text(text, width - 2 * MARGIN))


def caption(text: str, width: int, num_lines: int = 0) -> np.ndarray:
    """Return a white block with a text broken into lines.

    At least ``num_lines`` fit. A word that does not fit widens the block.
    """
    lines = wrap_text(text, width - 2 * MARGIN)
    width = max([width, *(text_width(line) + 2 * MARGIN for line in lines)])
    height = max(num_lines, len(lines)) * LINE + MARGIN
    block = np.full((height, width, 3), 255, np.uint8)
    for number, line in enumerate(lines):
        write(block, line, (MARGIN, number * LINE))
    return block


def legend(entries: Sequence[tuple[str, Colour]], width: int) -> np.ndarray:
    """Return a white block that explains colours.

    Entries go to a new line where ``width`` is full.
    """
    swatch, gap = 18, 32
    places: list[tuple[int, int]] = []
    right, top = MARGIN, 0
    for text, _ in entries:
        needed = swatch + MARGIN + text_width(text)
        if right > MARGIN and right + needed + MARGIN > width:
            right, top = MARGIN, top + LINE
        places.append((right, top))
        width = max(width, right + needed + MARGIN)
        right += needed + gap
    block = np.full((top + LINE + MARGIN, width, 3), 255, np.uint8)
    for (text, colour), (left, top) in zip(entries, places):
        corners = (left, top + 5), (left + swatch - 1, top + 4 + swatch)
        cv2.rectangle(block, *corners, colour, cv2.FILLED)
        cv2.rectangle(block, *corners, BLACK, 1)
        write(block, text, (left + swatch + MARGIN, top))
    return block


def padded(piece: np.ndarray, height: int, width: int,
           centred: bool = False) -> np.ndarray:
    """Add white to a piece until it has at least a given size.

    White is added below and to the right, or on all sides if ``centred``.
    """
    missing = [max(0, height - piece.shape[0]), max(0, width - piece.shape[1])]
    before = [part // 2 if centred else 0 for part in missing]
    sides = [(first, part - first) for first, part in zip(before, missing)]
    return np.pad(piece, (*sides, (0, 0)), constant_values=255)


def beside(pieces: Sequence[np.ndarray]) -> np.ndarray:
    """Put pieces in a row, their tops aligned."""
    height = max(len(piece) for piece in pieces)
    row = [padded(piece, height, piece.shape[1] + GAP) for piece in pieces]
    return np.concatenate(row, axis=1)[:, :-GAP]


def stacked(pieces: Sequence[np.ndarray], gap: int = GAP) -> np.ndarray:
    """Put pieces below each other, their left sides aligned."""
    width = max(piece.shape[1] for piece in pieces)
    column = [padded(piece, len(piece) + gap, width) for piece in pieces]
    column[-1] = column[-1][:len(pieces[-1])]
    return np.concatenate(column)


def wrapped(pieces: Sequence[np.ndarray], width: int) -> np.ndarray:
    """Put pieces of one width in rows, as many as fit, one at least."""
    per_row = max(1, (width + GAP) // (pieces[0].shape[1] + GAP))
    return stacked([
        beside(pieces[start:start + per_row])
        for start in range(0, len(pieces), per_row)
    ])
