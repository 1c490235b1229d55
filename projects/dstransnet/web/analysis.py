"""Pictures, table and files of a frame, for the page."""
from __future__ import annotations

import csv
import dataclasses
import functools
import itertools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import cv2
import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, UnidentifiedImageError

from ..datasets import SceneConfig, synthesize_scene
from ..imaging.dynamic_range import to_display
from ..inference import Detector, Prediction
from ..inference.targets import Target
from ..models.shipped_weights import config_root, list_weights
from ..utils.errors import InputError
from ..visualization.view import heat, to_rgb

CLASSICAL = ('top-hat_sirst-256x256', 'mpcm_sirst-256x256')
"""Configs of detectors without weights among the networks."""

COLUMNS = Target._fields[:-2]  # without tracks
MOST_PIXELS = 2**24
MOST_TARGETS = 24
"""Targets that are shown enlarged, highest scores first."""

_NEIGHBOURHOOD = 16  # pixels on each side of an enlarged target
_ZOOM = 6
_SURFACE_SIDE = 96


def network_names() -> list[str]:
    """Return the names of shipped weights and of classical detectors."""
    return [*list_weights(), *CLASSICAL]


@functools.lru_cache(maxsize=2)
def detector(name: str) -> Detector:
    """Return the detector of one of the :func:`network_names`.

    Raises:
        InputError: If there is none of that name.
    """
    if name not in network_names():
        raise InputError(f'network: expected one of '
                         f'{", ".join(network_names())}, got {name!r}')
    if name in CLASSICAL:
        return Detector(str(config_root() / f'classical/{name}.py'))
    return Detector(name)


def find_targets(name: str, path: str | None,
                 most_frames: int) -> list[Prediction]:
    """Return the predictions of the frames of a file.

    Args:
        name (str): One of the :func:`network_names`.
        path (str, optional): Image of 8 or 16 bits, or video.
        most_frames (int): Frames at most; later ones are left out.

    Raises:
        InputError: If there is no file, it cannot be used, or its frames are
            too large.
    """
    if path is None:
        raise InputError('expected an image or a video, got none')
    _check_size(path)
    found = list(itertools.islice(
        detector(name).stream(path), most_frames))
    if not found:
        raise InputError(f'{Path(path).name}: there are no frames in it')
    return [_in_memory(each) for each in found]


def _in_memory(prediction: Prediction) -> Prediction:
    """Hold the pixels of a frame, as its file is deleted, and its name."""
    image = cast(np.ndarray, prediction.image)  # it came from a file
    return dataclasses.replace(prediction, name=Path(prediction.name).name,
                               load=lambda: image)


def _check_size(path: str) -> None:
    """Raise for images that would take too much memory, before decoding."""
    try:
        with Image.open(path) as image:
            width, height = image.size
    except (UnidentifiedImageError, OSError):  # a video, or refused later
        video = cv2.VideoCapture(path)
        width = int(video.get(cv2.CAP_PROP_FRAME_WIDTH))
        height = int(video.get(cv2.CAP_PROP_FRAME_HEIGHT))
        video.release()
    except Image.DecompressionBombError as error:
        raise InputError(f'{Path(path).name}: expected at most {MOST_PIXELS} '
                         f'pixels ({error})') from error
    if width * height > MOST_PIXELS:
        raise InputError(f'{Path(path).name}: expected at most {MOST_PIXELS} '
                         f'pixels, got {width} x {height}')


def at_threshold(prediction: Prediction, threshold: float) -> Prediction:
    """Return a prediction that decides at another threshold."""
    return dataclasses.replace(prediction, threshold=threshold)


def rows_of(targets: Sequence[Target]) -> list[list]:
    """Return the rows of the table, in the order of :data:`COLUMNS`."""
    return [list(target[:len(COLUMNS)]) for target in targets]


def zooms(prediction: Prediction) -> list[tuple[np.ndarray, str]]:
    """Return enlarged targets, highest scores first.

    A caption is a score and a position (row, column).

    Returns:
        list[tuple[np.ndarray, str]]: Pictures, RGB uint8.
    """
    image = cast(np.ndarray, prediction.image)  # it came from a file
    shown = to_rgb(to_display(image))[..., ::-1]
    targets = sorted(prediction.targets, key=lambda each: -each.score)
    pictures = []
    for target in targets[:MOST_TARGETS]:
        top = max(0, round(target.row) - _NEIGHBOURHOOD)
        left = max(0, round(target.column) - _NEIGHBOURHOOD)
        part = shown[top:top + 2 * _NEIGHBOURHOOD,
                     left:left + 2 * _NEIGHBOURHOOD]
        picture = cv2.resize(part, None, fx=_ZOOM, fy=_ZOOM,
                             interpolation=cv2.INTER_NEAREST)
        # Short, as the page cuts longer captions.
        pictures.append((picture, f'{target.score:.2f} at {target.row:.0f}, '
                         f'{target.column:.0f}'))
    return pictures


def surface(scores: np.ndarray) -> np.ndarray:
    """Draw scores as a surface in three dimensions.

    Args:
        scores (np.ndarray): Probabilities of shape (H, W).

    Returns:
        np.ndarray: RGB uint8, 480 x 640.
    """
    height, width = scores.shape
    step = -(-max(height, width) // _SURFACE_SIDE)
    # The largest of each cell, so that no target is lost.
    padded = np.pad(scores, ((0, -height % step), (0, -width % step)))
    rows, columns = (side // step for side in padded.shape)
    cells = padded.reshape(rows, step, columns, step).max((1, 3))
    figure = Figure((6.4, 4.8), dpi=100)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot(projection='3d')
    y, x = np.mgrid[:rows, :columns] * step
    axes.plot_surface(x, y, cells, cmap=matplotlib.colormaps['viridis'],
                      rcount=rows, ccount=columns, vmin=0, vmax=1,
                      linewidth=0)
    axes.set(xlabel='column', ylabel='row', zlabel='score', zlim=(0, 1))
    axes.invert_yaxis()
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def score_map(prediction: Prediction) -> np.ndarray:
    """Return the scores in colours, RGB uint8."""
    return heat(prediction.scores)


def write_files(prediction: Prediction, folder: str | os.PathLike
                ) -> list[str]:
    """Write the mask, and the targets as CSV and JSON.

    Returns:
        list[str]: Paths of ``mask.png``, ``targets.csv``, ``targets.json``.
    """
    mask, table, text = (
        Path(folder, name)
        for name in ('mask.png', 'targets.csv', 'targets.json'))
    cv2.imwrite(str(mask), prediction.mask.astype(np.uint8) * 255)
    with open(table, 'w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows_of(prediction.targets))
    text.write_text(prediction.to_json())
    return [str(mask), str(table), str(text)]


def write_samples(folder: str | os.PathLike, count: int = 4
                  ) -> dict[str, str]:
    """Write generated scenes, without hot pixels.

    Networks trained on real images take these for targets.

    Returns:
        dict[str, str]: Paths by the names that the page shows.
    """
    samples = {}
    for number in range(count):
        scene = synthesize_scene(
            SceneConfig(hot_pixels=(0, 0)), seed=0, index=number)
        path = Path(folder, f'scene_{number + 1}.png')
        cv2.imwrite(str(path), scene.image)
        samples[f'generated scene {number + 1}'] = str(path)
    return samples


def sirst_samples(root: str | os.PathLike, count: int = 8) -> dict[str, str]:
    """Return images of the SIRST release, where it is.

    Args:
        root (str | PathLike): Its folder.
        count (int): Images at most. Defaults to 8.

    Returns:
        dict[str, str]: Paths by the names that the page shows.
    """
    images = sorted(Path(root, 'images').glob('*.png'))
    return {f'SIRST {path.stem}': str(path)
            for path in images[::max(1, len(images) // count)][:count]}
