#!/usr/bin/env python
"""Draw the network: its three stages, tensor shapes, and where each block is.

    python tools/studies/draw_architecture.py [DST.png]

The default destination is the picture of the README. Classes and files in the
table below the drawing are read from the package.
"""
import argparse
import inspect
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from projects.dstransnet.models import CSCEHead, DSTransNetBackbone, RDSFNeck
from projects.dstransnet.models.backbones.dstransnet_backbone import ESRBlock
from projects.dstransnet.models.decode_heads.csce_head import DecoderStage
from projects.dstransnet.models.layers import (
    CFN,
    CentralDifferenceConv2d,
    CSCEGate,
    EfficientChannelAttention,
    ModulatedDeformConv2d,
    PatchEmbedding,
    RDSFAttention,
    WTConv2d,
)
from projects.dstransnet.models.necks.rdsf_neck import (
    RDSFBlock,
    Reconstruction,
)

ROOT = Path(__file__).resolve().parents[2]
MODELS = Path(inspect.getfile(DSTransNetBackbone)).parents[1]

# Stage, the name in the paper or the term of the field, class.
BLOCKS = (
    (1, 'Feature extraction', DSTransNetBackbone),
    (1, 'ESR block: three branches', ESRBlock),
    (1, '  deformable convolution (DCNv2)', ModulatedDeformConv2d),
    (1, '  central difference convolution', CentralDifferenceConv2d),
    (1, '  wavelet convolution (WTConv)', WTConv2d),
    (2, 'Feature selection (RDSF)', RDSFNeck),
    (2, 'patch embedding', PatchEmbedding),
    (2, 'RDSF block', RDSFBlock),
    (2, '  attention across the scales', RDSFAttention),
    (2, '  feed-forward network (CFN)', CFN),
    (2, '  its channel gate (ECA)', EfficientChannelAttention),
    (2, 'up-sampling to the scale', Reconstruction),
    (3, 'Reconstruction, six outputs', CSCEHead),
    (3, 'decoder stage', DecoderStage),
    (3, '  gate of the skip map (CSCE)', CSCEGate),
)

# Channels and stride of the maps; tests compare them with the network.
SCALES = ((32, 1), (64, 2), (128, 4), (256, 8), (256, 16))
DECODED = ((32, 1), (32, 2), (64, 4), (128, 8))

COLOURS = {1: '#dcebf7', 2: '#fdeccd', 3: '#dff0d8', 0: '#f0f0f0'}
EDGES = {1: '#2b6ca3', 2: '#b5761a', 3: '#3f7d33', 0: '#666666'}
WIDTH, HEIGHT = 11.0, 10.95
STEP = 1.0


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description='Draw the network, its tensor shapes and its files')
    parser.add_argument(
        'dst', nargs='?', default=str(ROOT / 'docs/images/architecture.png'))
    return parser.parse_args()


def shape_text(channels: int, stride: int) -> str:
    """Return a shape, the batch left out.

    Example:
        >>> shape_text(64, 2)
        '64 x H/2 x W/2'
    """
    side = '' if stride == 1 else f'/{stride}'
    return f'{channels} x H{side} x W{side}'


def box(ax: Axes, left: float, bottom: float, width: float, text: str,
        stage: int, height: float = 0.6, note: str = '') -> None:
    """Draw a rounded box with a text, and a smaller note below it."""
    ax.add_patch(
        FancyBboxPatch((left, bottom), width, height,
                       boxstyle='round,pad=0,rounding_size=0.08',
                       facecolor=COLOURS[stage], edgecolor=EDGES[stage],
                       linewidth=1.4))
    middle, centre = left + width / 2, bottom + height / 2
    ax.text(middle, centre + (0.13 if note else 0), text, ha='center',
            va='center', fontsize=11, fontweight='bold')
    if note:
        ax.text(middle, centre - 0.15, note, ha='center', va='center',
                fontsize=10)


def arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float],
          text: str = '') -> None:
    """Draw an arrow, with a text beside its middle."""
    ax.annotate('', end, start, arrowprops=dict(
        arrowstyle='-|>', color='#333333', linewidth=1.2, shrinkA=0,
        shrinkB=0))
    if text:
        ax.text((start[0] + end[0]) / 2 + 0.08, (start[1] + end[1]) / 2, text,
                fontsize=10, va='center', color='#333333')


def draw_network(ax: Axes, top: float) -> None:
    """Draw the stages as three columns with a row for each scale."""
    levels = [top - 1.85 - STEP * number for number in range(5)]
    titles = ('1  Feature extraction', '2  Feature selection',
              '3  Reconstruction')
    for stage, (left, title) in enumerate(zip((0.1, 3.5, 7.6), titles), 1):
        ax.text(left, top - 0.25, title, fontsize=13, fontweight='bold',
                color=EDGES[stage], va='center')
    box(ax, 0.1, top - 1.05, 2.3, 'image', 0, note=shape_text(3, 1),
        height=0.55)
    arrow(ax, (1.25, top - 1.05), (1.25, levels[0] + 0.6))
    for number, (row, scale) in enumerate(zip(levels, SCALES), 1):
        box(ax, 0.1, row, 2.3, f'ESR block {number}', 1,
            note=shape_text(*scale))
        if number < 5:
            arrow(ax, (1.25, row), (1.25, row - STEP + 0.6), 'max-pool')

    bottom, height = levels[3], levels[0] + 0.6 - levels[3]
    centre = bottom + height / 2
    for number, row in enumerate(levels[:4], 1):
        arrow(ax, (2.4, row + 0.3), (3.1, row + 0.3))
        arrow(ax, (6.35, row + 0.3), (7.6, row + 0.3))
        ax.text(6.42, row + 0.42, f'+ ESR {number}', fontsize=10,
                color='#333333')
    box(ax, 3.1, bottom, 1.0, '', 2, height=height)
    ax.text(3.6, centre, 'patch embedding\nto C x H/16 x W/16', rotation=90,
            ha='center', va='center', fontsize=11, fontweight='bold')
    box(ax, 4.25, bottom, 1.0, '', 2, height=height)
    ax.text(4.75, centre, '4 RDSF blocks: attention\nacross scales, CFN',
            rotation=90, ha='center', va='center', fontsize=11,
            fontweight='bold')
    box(ax, 5.4, bottom, 0.95, '', 2, height=height)
    ax.text(5.875, centre, 'up-sampling\nto each scale', rotation=90,
            ha='center', va='center', fontsize=11, fontweight='bold')
    for left in (4.1, 5.25):
        arrow(ax, (left, centre), (left + 0.15, centre))

    box(ax, 7.6, top - 1.05, 3.3, 'logits', 0,
        note=shape_text(1, 1), height=0.55)
    arrow(ax, (9.25, levels[0] + 0.6), (9.25, top - 1.05), 'Conv1x1')
    for number, (row, scale) in enumerate(zip(levels, DECODED), 1):
        box(ax, 7.6, row, 3.3, f'decoder stage {number}, CSCE gate', 3,
            note=shape_text(*scale))
        if number < 4:
            arrow(ax, (9.25, row - STEP + 0.6), (9.25, row), 'up x2')
    ax.plot((2.4, 9.25), (levels[4] + 0.3, levels[4] + 0.3), color='#333333',
            linewidth=1.2)
    arrow(ax, (9.25, levels[4] + 0.3), (9.25, levels[3]), 'up x2')
    ax.text(2.6, levels[4] + 0.45,
            'the coarsest map passes the neck unchanged', fontsize=10,
            color='#333333')
    ax.text(2.6, levels[4] + 0.07,
            'in training only: logits of map 5 and of stages 4 to 2, and '
            'their fusion', fontsize=10, color='#333333')


def rows() -> list[tuple[int, str, str, str]]:
    """Return stage, name, class and file of each block."""
    return [(stage, name, kind.__name__,
             Path(inspect.getfile(kind)).relative_to(MODELS).as_posix())
            for stage, name, kind in BLOCKS]


def draw_table(ax: Axes, top: float) -> None:
    """Write a line for each block: name, class, file."""
    columns = (0.1, 4.0, 6.9)
    for left, title in zip(columns, ('block', 'class', 'file in models/')):
        ax.text(left, top, title, fontsize=11, fontweight='bold',
                va='center')
    ax.plot((0.1, WIDTH - 0.1), (top - 0.17, top - 0.17), color='#333333',
            linewidth=1)
    for number, (stage, name, *texts) in enumerate(rows()):
        y = top - 0.36 - 0.29 * number
        ax.text(columns[0], y, name.replace('  ', '    '), fontsize=10.5,
                va='center', color=EDGES[stage], fontweight='bold')
        for left, text in zip(columns[1:], texts):
            ax.text(left, y, text, fontsize=10, va='center',
                    family='monospace')


def main() -> None:
    args = parse_args()
    figure = plt.figure(figsize=(WIDTH, HEIGHT))
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, WIDTH), ylim=(0, HEIGHT))
    ax.axis('off')
    draw_network(ax, HEIGHT)
    draw_table(ax, HEIGHT - 6.3)
    # The text of the table tells whether a picture is of this code.
    figure.savefig(args.dst, dpi=150, metadata=dict(Description=str(rows())))


if __name__ == '__main__':
    main()
