#!/usr/bin/env python
"""Draw a grid of generated scenes, targets outlined.

    python tools/studies/draw_scenes.py [DST.png] [--seed N] [--size PIXELS]
"""
import argparse
from pathlib import Path

import cv2
import mmcv
import numpy as np

from projects.dstransnet import cli
from projects.dstransnet.datasets import (
    SceneConfig,
    synthesize_scene,
)

ROOT = Path(__file__).resolve().parents[2]

ROWS, COLUMNS, GAP = 3, 4, 6
GREEN = (60, 220, 60)  # BGR


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description='Draw generated scenes')
    parser.add_argument(
        'dst', nargs='?', default=str(ROOT / 'docs/images/scenes.png'))
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--size', type=int, default=256)
    return parser.parse_args()


def draw(config: SceneConfig, seed: int, number: int) -> np.ndarray:
    """Return a scene, its targets outlined two pixels off their masks."""
    scene = synthesize_scene(config, seed, number)
    picture = cv2.cvtColor(scene.image, cv2.COLOR_GRAY2BGR)
    wide = cv2.dilate(scene.mask, np.ones((5, 5), np.uint8))
    outlines, _ = cv2.findContours(
        cv2.dilate(wide, np.ones((3, 3), np.uint8)), cv2.RETR_EXTERNAL,
        cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(picture, outlines, -1, GREEN, 1)
    return picture


def main() -> None:
    args = parse_args()
    with cli.one_line_errors():
        config = SceneConfig(size=args.size)
    side = args.size + GAP
    grid = np.full((ROWS * side - GAP, COLUMNS * side - GAP, 3), 255, np.uint8)
    for number in range(ROWS * COLUMNS):
        row, column = np.multiply(divmod(number, COLUMNS), side)
        grid[row:row + args.size, column:column + args.size] = draw(
            config, args.seed, number)
    mmcv.imwrite(grid, args.dst)


if __name__ == '__main__':
    main()
