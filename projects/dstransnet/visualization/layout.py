"""Arrangement of the pieces of a picture."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

GAP = 8  # pixels of white between pieces


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
