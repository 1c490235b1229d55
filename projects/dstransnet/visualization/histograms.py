"""Histograms of the targets and images of a dataset."""
from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator

from ..datasets.statistics import AREAS, ImageStatistics
from .colours import GREY, LINE_COLOURS

# Colour, line style and marker of each split.
_STYLES = tuple(zip(LINE_COLOURS, ('-', '--', '-.'), ('o', 's', '^')))
_TAIL = 1  # percent of the SCRs on either side that share a bin


def _steps(axes: Axes, edges: np.ndarray,
           values: Mapping[str, np.ndarray]) -> None:
    """Draw one outline a split, in percent of its values."""
    for (name, split), (colour, line, _) in zip(values.items(), _STYLES):
        # Values beyond the axis count in its last bins.
        counts, _ = np.histogram(np.clip(split, edges[0], edges[-1]), edges)
        axes.stairs(100 * counts / max(1, len(split)), edges, color=colour,
                    linestyle=line, linewidth=1.6, label=name)
    axes.set_ylim(bottom=0)


def _draw_areas(axes: Axes, areas: Mapping[str, np.ndarray]) -> None:
    together = np.concatenate(list(areas.values()))
    low, high = (together.min(), together.max()) if len(together) else (1, 1)
    # Bins of whole pixels, wider the larger the targets are.
    edges = np.unique(np.round(np.geomspace(low, high + 1, 20))) - 0.5
    _steps(axes, edges, areas)
    axes.set_xscale('log')
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter('{x:g}')
    axes.xaxis.set_minor_formatter('')
    for area in AREAS:
        axes.axvline(area - 0.5, color=GREY, linewidth=0.8, linestyle=':')
        axes.annotate(str(area), (area - 0.5, 0.99), (2, 0),
                      xycoords=('data', 'axes fraction'), va='top',
                      textcoords='offset points', fontsize=8, color=GREY)
    axes.set(xlabel='target area / pixels', ylabel='share of targets / %',
             title='Target areas')


def _draw_scrs(axes: Axes, scrs: Mapping[str, np.ndarray]) -> None:
    together = np.concatenate(list(scrs.values()))
    low, high = 0.0, 1.0
    if len(together):
        low, high = np.percentile(together, (_TAIL, 100 - _TAIL))
        high = max(high, low + 1e-6)
    _steps(axes, np.linspace(low, high, 31), scrs)
    axes.set(
        xlabel='local signal-to-clutter ratio\n'
        f'({_TAIL} % on either side are in the last bins)',
        ylabel='share of targets / %', title='Local contrast of targets')


def _draw_counts(axes: Axes, counts: Mapping[str, np.ndarray]) -> None:
    most = max(int(split.max()) for split in counts.values())
    width = 0.8 / len(counts)
    for number, ((name, split), (colour, *_)) in enumerate(
            zip(counts.items(), _STYLES)):
        shares = 100 * np.bincount(split, minlength=most + 1) / len(split)
        axes.bar(np.arange(most + 1) - 0.4 + (number + 0.5) * width, shares,
                 width, color=colour, label=name)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel='targets in an image', ylabel='share of images / %',
             title='Targets per image')


def _draw_sizes(axes: Axes, sizes: Mapping[str, Counter]) -> None:
    for (name, split), (colour, _, marker) in zip(sizes.items(), _STYLES):
        widths, heights = np.array(list(split)).T
        # Areas of markers grow slower than the numbers, which vary widely.
        axes.scatter(widths, heights, 18 * np.sqrt(list(split.values())),
                     facecolors='none', edgecolors=colour, marker=marker,
                     label=name)
    axes.set(xlabel='width / pixels\n(the more images, the larger the mark)',
             ylabel='height / pixels', title='Image sizes')
    axes.margins(0.15)


def draw_histograms(splits: Mapping[str, Sequence[ImageStatistics]]) -> Figure:
    """Draw statistics of the images and targets of splits.

    Args:
        splits (Mapping[str, Sequence[ImageStatistics]]): One to three
            splits by name, none of them empty.

    Returns:
        Figure: Target areas, signal-to-clutter ratios, targets per image and
        image sizes.

    Raises:
        ValueError: For another number of splits, or an empty one.
    """
    if not 1 <= len(splits) <= len(_STYLES) or not all(splits.values()):
        raise ValueError(f'splits must be 1 to {len(_STYLES)} that are not '
                         'empty, got ' + ', '.join(
                             f'{name} of {len(images)} images'
                             for name, images in splits.items()))
    targets = {name: [target for image in images for target in image.targets]
               for name, images in splits.items()}
    figure = Figure((10, 7.5), layout='constrained')
    FigureCanvasAgg(figure)
    (areas, scrs), (counts, sizes) = figure.subplots(2, 2)
    _draw_areas(areas, {name: np.array([one.area for one in split], float)
                        for name, split in targets.items()})
    scr = {name: np.array([one.scr for one in split], float)
           for name, split in targets.items()}
    _draw_scrs(scrs, {name: split[~np.isnan(split)]
                      for name, split in scr.items()})
    _draw_counts(counts, {
        name: np.array([len(image.targets) for image in images])
        for name, images in splits.items()})
    _draw_sizes(sizes, {
        name: Counter((image.width, image.height) for image in images)
        for name, images in splits.items()})
    for axes in (areas, scrs, counts, sizes):
        axes.legend(fontsize=9)
        axes.grid(alpha=0.25)
        axes.set_axisbelow(True)
    return figure
