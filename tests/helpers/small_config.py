"""A config of a toy network, and images for it."""
from pathlib import Path

import cv2
import numpy as np
from mmengine.config import Config

from helpers.toy_models import toy
from projects.dstransnet.inference import FramePreparation, Predictor
from projects.dstransnet.inference.video import VideoFile

STEPS = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(48, 32), keep_ratio=False, backend='pillow'),
    dict(type='EvaluateAtInputSize'),
    dict(type='LoadIRSTDMask'),
    dict(type='PackSegInputs'),
]
INFRARED = dict(type='LoadInfraredImage', mapping=dict(low=0, high=20000),
                channels=3)


def config(first: dict = STEPS[0]) -> Config:
    steps = [first, *STEPS[1:]]
    if first['type'] != 'LoadImageFromFile':  # Pillow takes 8 bits only
        steps[1] = dict(type='PillowResize', scale=(48, 32))
    return Config(dict(default_scope='mmseg', test_pipeline=steps))


def predictor(first: dict = STEPS[0], size=None, **settings) -> Predictor:
    return Predictor(toy(5), FramePreparation(config(first), size),
                     **settings)


def picture(seed: int, height: int = 40, width: int = 56,
            dtype=np.uint8) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(0, np.iinfo(dtype).max, (height, width), dtype)


def write_pictures(folder: Path, count: int = 4, **shape) -> list[Path]:
    paths = [folder / f'{number:02}.png' for number in range(count)]
    folder.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(paths):
        cv2.imwrite(str(path), picture(number, **shape))
    return paths


def write_video(path, count=4, height=32, width=48, rate=10):
    """Write grey frames, each brighter than the last."""
    with VideoFile(path, rate) as video:
        for number in range(count):
            video.add(np.full((height, width, 3), 40 * number, np.uint8))
