"""Sizes, fonts and files of figures for papers."""
from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

WIDTHS = {1: 3.5, 2: 7.16}
"""Width in inches of one and of two columns of a page (IEEE)."""
FORMATS = ('pdf', 'png', 'svg', 'eps')
LETTERS = 7  # points

paper_style = functools.partial(matplotlib.rc_context, {
    'font.size': LETTERS,
    'axes.titlesize': LETTERS,
    'axes.labelsize': LETTERS,
    'xtick.labelsize': LETTERS - 1,
    'ytick.labelsize': LETTERS - 1,
    'legend.fontsize': LETTERS,
    'legend.handletextpad': 0.5,
    'axes.linewidth': 0.6,
    'xtick.major.width': 0.6,
    'ytick.major.width': 0.6,
    'xtick.major.size': 2.5,
    'ytick.major.size': 2.5,
    # TrueType: journals refuse the default, Type 3.
    'pdf.fonttype': 42,
    'ps.fonttype': 42,
    'svg.fonttype': 'path',
    'svg.hashsalt': 'paper',  # names that do not change
    'savefig.dpi': 300,
})
"""Context or decorator in which figures are drawn and written."""


@paper_style()
def write_figures(figures: Mapping[str, Figure], folder: str,
                  formats: Sequence[str] = ('pdf', 'png')) -> list[str]:
    """Write figures, their fonts embedded.

    Args:
        figures (Mapping[str, Figure]): Figures by name.
        folder (str): Output folder; created if missing.
        formats (Sequence[str]): Some of :data:`FORMATS`. Defaults to PDF and
            PNG of 300 dots per inch.

    Returns:
        list[str]: Paths of the files.
    """
    root = Path(folder)
    root.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, figure in figures.items():
        for kind in formats:
            paths.append(str(root / f'{name}.{kind}'))
            # No date: the same data gives the same file.
            date = 'Date' if kind == 'svg' else 'CreationDate'
            figure.savefig(paths[-1], metadata=None if kind == 'png'
                           else {date: None})
    return paths
