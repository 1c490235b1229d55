"""A small benchmark in SIRST's layout, for checks of downloads."""
from pathlib import Path

import numpy as np
from PIL import Image

from projects.dstransnet.datasets import SIRSTDataset

TRAIN, TEST = ['a', 'b', 'c'], ['s', 't']


class Tiny(SIRSTDataset):
    """SIRST's layouts, with the counts of what is written here."""

    COUNTS = dict(train=len(TRAIN), test=len(TEST))


def write_sample(root: Path, image: str, mask: str, number: int) -> None:
    """Write an image, and a mask of two targets that meet at a corner."""
    rng = np.random.default_rng(number)
    shape = (20 + number, 30)
    labels = np.zeros(shape, np.uint8)
    labels[2:4, 3:5] = 255
    labels[4, 5] = 255  # connected over 8 neighbours
    labels[12, 20:20 + number] = 255
    for path, pixels in ((image, rng.integers(0, 256, shape, np.uint8)),
                         (mask, labels)):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(root / path)


def write_small_benchmark(root: Path) -> None:
    """Write a download in which nothing is wrong."""
    for number, name in enumerate(TRAIN + TEST):
        write_sample(root, f'images/{name}.png',
                     f'masks/{name}_pixels0.png', number)
    (root / 'idx_427').mkdir()
    (root / 'idx_427/trainval.txt').write_text('\n'.join(TRAIN))
    (root / 'idx_427/test.txt').write_text('\n'.join(TEST))
    (root / 'idx_427/train.txt').write_text('a\nb')
    (root / 'idx_427/val.txt').write_text('c')
