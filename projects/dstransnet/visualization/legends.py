"""Legends of long names, below all axes of a figure."""
from __future__ import annotations

import math
import re
from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

LINE_LENGTH, MOST_LETTERS = 48, 190  # of a name
LETTER_SIZE = 9  # points
LINE_HEIGHT = 1.36  # of the size of letters
MOST_COLUMNS = 4


def legend_name(name: str) -> str:
    """Break a long name into lines, at '/', '_', '-' or a space.

    Examples:
        >>> print(legend_name('work_dirs/' + 'a' * 40 + '/result'))
        work_dirs/
        aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/result
        >>> legend_name('x' * 300).count('x')
        189
    """
    if len(name) > MOST_LETTERS:
        half = MOST_LETTERS // 2
        name = name[:half] + '…' + name[len(name) - MOST_LETTERS + half + 1:]
    lines = ['']
    for part in re.findall(r'[^\s/_-]*[\s/_-]*', name):
        needed = len(part.rstrip())
        if len(lines[-1]) + needed > LINE_LENGTH >= needed:
            lines.append('')
        lines[-1] += part
        while len(lines[-1].rstrip()) > LINE_LENGTH:  # no place to break at
            lines[-1:] = lines[-1][:LINE_LENGTH], lines[-1][LINE_LENGTH:]
    return '\n'.join(filter(None, (line.strip() for line in lines)))


def fitting_columns(figure: Figure, labels: Sequence[str],
                    size: float = LETTER_SIZE) -> int:
    """Return how many columns of a legend fit in the width of a figure.

    Args:
        figure (Figure): The figure.
        labels (Sequence[str]): Texts of the legend.
        size (float): Size of letters in points. Defaults to 9.
    """
    handle = 6 * size / 72  # with its margins
    column = handle + max(_text_width(label, figure, size)
                          for label in labels)
    width, _ = figure.get_size_inches()
    return max(1, min(len(labels), MOST_COLUMNS, int(width / column)))


def fitting_size(figure: Figure, labels: Sequence[str], width: float,
                 size: float = LETTER_SIZE) -> float:
    """Return the largest size of letters at which all labels fit in a width.

    Args:
        figure (Figure): The figure.
        labels (Sequence[str]): Texts, perhaps of several lines.
        width (float): Room of each in inches.
        size (float): Largest size in points. Defaults to 9.
    """
    widest = max(_text_width(label, figure, size) for label in labels)
    return size * min(1, width / widest)


def legend_below(figure: Figure, handles: Sequence[Artist],
                 labels: Sequence[str], columns: int, title: str = '',
                 size: float = LETTER_SIZE) -> None:
    """Put a legend below all axes, and make the figure higher for it.

    Letters such as '$' and a leading '_' have no special meaning.

    Args:
        figure (Figure): A figure in constrained layout.
        handles (Sequence[Artist]): Line or marker of each entry.
        labels (Sequence[str]): Text of each entry, perhaps of several lines.
        columns (int): Number of columns.
        title (str): Title. Defaults to none.
        size (float): Size of letters in points. Defaults to 9.
    """
    legend = figure.legend(
        handles, ['run'] * len(labels), loc='outside lower center',
        ncols=columns, title=title or None, fontsize=size,
        title_fontsize=size)
    # Set afterwards, so that '_' in front and '$' are letters like others.
    for text, label in zip(legend.get_texts(), labels):
        text.set_parse_math(False)
        text.set_text(label)
    lines = max(label.count('\n') + 1 for label in labels)
    rows = lines * math.ceil(len(labels) / columns)
    width, height = figure.get_size_inches()
    figure.set_size_inches(
        width, height + rows * LINE_HEIGHT * size / 72)


def _text_width(label: str, figure: Figure, size: float) -> float:
    """Return the width of a text in a legend in inches."""
    text = Text(text=label, fontsize=size, parse_math=False)
    text.set_figure(figure)
    renderer = FigureCanvasAgg(figure).get_renderer()
    return text.get_window_extent(renderer).width / figure.dpi
