#!/usr/bin/env python
"""Draw the optional augmentations on a generated scene.

    python tools/studies/draw_augmentations.py [DST.png]

The default destination is the picture of docs/guide/augment.md. Every panel
is the whole path of a training sample: dataset, pipeline, keyed state.
"""
import argparse
from pathlib import Path

import cv2
import numpy as np
from mmengine.registry import init_default_scope

from projects.dstransnet import cli
from projects.dstransnet.datasets import SyntheticIRSTDDataset
from projects.dstransnet.imaging.components import (
    connected_components,
)
from projects.dstransnet.utils.errors import InputError

ROOT = Path(__file__).resolve().parents[2]

SCENE = dict(size=128, targets=(2, 3), scr=(8, 14), area=(6, 50),
             noise=(0.5, 1), hot_pixels=(0, 0))
NUMBER = 2  # of the scene: clouds, and three targets
KEY = (0, 10)  # of the random state (seed, epoch): one with three copies
# Each setting is one number, stronger than one would train with.
PANELS = [
    ('scene', None),
    ('copies of targets, amplitude 1',
     dict(type='TargetCopyPaste', max_copies=3, amplitude=(1, 1))),
    ('contrast 1.8',
     dict(type='RandomContrastGamma', contrast=(1.8, 1.8), gamma=(1, 1))),
    ('gamma 0.5',
     dict(type='RandomContrastGamma', contrast=(1, 1), gamma=(0.5, 0.5))),
    ('noise, std 5, gain 0.4',
     dict(type='SensorNoise', std=(5, 5), gain=(0.4, 0.4))),
    ('stripes, offset 5, gain 0.03',
     dict(type='StripeNoise', offset=(5, 5), gain=(0.03, 0.03))),
    ('Gaussian blur, sigma 1.5 px',
     dict(type='RandomGaussianBlur', sigma=(1.5, 1.5))),
    ('motion blur, 7 px at 150 deg',
     dict(type='RandomMotionBlur', length=(7, 7), angle=(150, 150))),
]
SCALE, COLUMNS, BAR, GAP = 2, 4, 26, 6  # the last two in pixels
OLD, NEW = (255, 148, 64), (0, 221, 255)  # BGR: blue, yellow


def sample(transform: dict | None) -> tuple[np.ndarray, np.ndarray]:
    """Return image (H, W) and labels (H, W) of the scene, transformed."""
    transforms = [dict(transform, prob=1)] if transform else []
    dataset = SyntheticIRSTDDataset(
        num_scenes=NUMBER + 1,
        scene=SCENE,
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='LoadIRSTDMask'), *transforms
        ])
    dataset.set_random_key(*KEY)
    results = dataset[NUMBER]
    return results['img'][..., 0], results['gt_seg_map']


def panel(caption: str, image: np.ndarray, labels: np.ndarray,
          old: np.ndarray) -> np.ndarray:
    """Enlarge an image, circle its targets, and put a caption above."""
    large = cv2.resize(
        image, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_NEAREST)
    large = cv2.cvtColor(large, cv2.COLOR_GRAY2BGR)
    found = connected_components(labels)
    for number, (y, x) in enumerate((found.centroids + 0.5) * SCALE):
        known = old[found.labels == number + 1].all()
        radius = np.sqrt(found.areas[number]) * SCALE + 6
        cv2.circle(large, (round(x), round(y)), round(radius),
                   OLD if known else NEW, 1, cv2.LINE_AA)
    bar = np.full((BAR, large.shape[1], 3), 32, np.uint8)
    cv2.putText(bar, caption, (5, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.45,
                (255, 255, 255), 1, cv2.LINE_AA)
    return cv2.copyMakeBorder(
        np.concatenate((bar, large)), 0, GAP, 0, GAP, cv2.BORDER_CONSTANT,
        value=(255, 255, 255))


def main() -> None:
    parser = argparse.ArgumentParser(description='Draw the augmentations')
    parser.add_argument(
        'dst',
        nargs='?',
        type=Path,
        default=ROOT / 'docs/images/augmentations.png')
    args = parser.parse_args()
    init_default_scope('mmseg')
    with cli.one_line_errors():
        old = sample(None)[1]
        panels = [panel(caption, *sample(transform), old)
                  for caption, transform in PANELS]
        rows = [np.concatenate(panels[start:start + COLUMNS], axis=1)
                for start in range(0, len(panels), COLUMNS)]
        picture = np.concatenate(rows)[:-GAP, :-GAP]
        if args.dst.suffix != '.png':
            raise InputError(f'dst: expected NAME.png, got {args.dst}')
        if not args.dst.resolve().parent.is_dir():
            raise InputError(f'dst: no folder {args.dst.parent}')
        _, data = cv2.imencode('.png', picture,
                               [cv2.IMWRITE_PNG_COMPRESSION, 9])
        args.dst.write_bytes(data.tobytes())
        print(f'{args.dst}: {picture.shape[1]} x {picture.shape[0]} pixels')


if __name__ == '__main__':
    main()
