"""Prediction of one frame: scores, mask, targets, and forms to keep it."""
from __future__ import annotations

import dataclasses
import functools
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..imaging.components import Components, connected_components
from ..utils.atomic_io import AtomicLocalBackend
from ..utils.errors import InputError
from ..visualization.targets import draw_targets
from .preparation import to_grey
from .targets import Target, coco_annotations, list_targets


def write_picture(path: str | os.PathLike, picture: np.ndarray) -> None:
    """Write an RGB picture to a file, whose suffix is the format.

    Raises:
        InputError: If the format is unknown.
    """
    suffix = Path(path).suffix
    if not cv2.haveImageWriter(f'a{suffix}'):
        raise InputError(f'{path}: expected the suffix of an image, such '
                         f'as .png, got {suffix!r}')
    data = cv2.imencode(suffix, picture[..., ::-1])[1]
    AtomicLocalBackend(flush=False).put(data.tobytes(), Path(path))


def fitted(pixels: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return the pixels of a frame in the size of its scores."""
    if pixels.shape[:2] == shape:
        return pixels
    if pixels.dtype not in (np.uint8, np.uint16):  # which OpenCV knows
        pixels = pixels.astype(np.float32)
    return cv2.resize(pixels, shape[::-1], interpolation=cv2.INTER_AREA)


@dataclasses.dataclass(frozen=True)
class Prediction:
    """Scores of an image, with its mask and targets.

    Attributes:
        name (str): Path of the image, or 'frame N' of a stream.
        scores (np.ndarray): Target probability of each pixel, float32 of
            shape (H, W).
        threshold (float): A pixel is target where its score is above.
        connectivity (int): Of the components, 8 or 4. Defaults to 8.
        load (Callable, optional): Returns the pixels of the frame, of shape
            (H, W) or (H, W, 3). Defaults to None: no contrasts and no
            pictures.

    Raises:
        InputError: If a score is NaN.

    Examples:
        >>> found = Prediction('a.png', np.float32([[0, .6, .9]]), 0.5)
        >>> found.mask.tolist(), found.components.areas.tolist()
        ([[False, True, True]], [2])
        >>> found.targets[0].column
        1.5
    """
    name: str
    scores: np.ndarray
    threshold: float
    connectivity: int = 8
    load: Callable[[], np.ndarray] | None = None

    def __post_init__(self) -> None:
        if np.isnan(self.scores).any():
            raise InputError(f'{self.name}: the model predicts NaN')

    @property
    def mask(self) -> np.ndarray:
        """True on targets, bool of shape (H, W)."""
        return self.scores > self.threshold

    @functools.cached_property
    def components(self) -> Components:
        """The connected components of the mask, with their areas."""
        return connected_components(self.mask, self.connectivity)

    @functools.cached_property
    def image(self) -> np.ndarray | None:
        """Pixels of the frame, in the size of the scores; None if unknown."""
        if self.load is None:
            return None
        return fitted(self.load(), self.scores.shape)

    @functools.cached_property
    def targets(self) -> list[Target]:
        """Targets in raster order of their first pixels."""
        image = self.image
        return list_targets(self.components, self.scores,
                            None if image is None else to_grey(image))

    def plot(self) -> np.ndarray:
        """Return a picture with targets circled, their scores, and a close-up.

        Returns:
            np.ndarray: Shape (rows, columns, 3), uint8, RGB.

        Raises:
            InputError: If the pixels of the frame are unknown.
        """
        if self.image is None:
            raise InputError(f'{self.name}: the pixels of the frame are '
                             'unknown, so there is no picture')
        return draw_targets(self.image, self.targets, self.mask)

    def save(self, path: str | os.PathLike) -> None:
        """Write the picture of :meth:`plot`.

        Args:
            path (str | PathLike): File to write; its suffix is the format.

        Raises:
            InputError: If the format is unknown.
        """
        write_picture(path, self.plot())

    def to_dict(self) -> dict[str, Any]:
        """Return image, size, threshold and targets as plain data."""
        height, width = self.scores.shape
        return dict(
            image=self.name, height=height, width=width,
            threshold=self.threshold,
            targets=[target._asdict() for target in self.targets])

    def to_json(self) -> str:
        """Return :meth:`to_dict` as JSON."""
        return json.dumps(self.to_dict(), indent=1)

    def to_coco(self, image_id: int | str | None = None
                ) -> list[dict[str, Any]]:
        """Return the targets as COCO's results.

        Args:
            image_id (int | str, optional): Id of the image. Defaults to
                None, its name.
        """
        return coco_annotations(
            self.targets, self.name if image_id is None else image_id)

    def to_pandas(self) -> Any:
        """Return the targets as a ``pandas.DataFrame``, one row each.

        The columns are those of ``targets.csv``, the first the name.

        Raises:
            InputError: If pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            raise InputError(
                'to_pandas needs pandas: pip install pandas') from error
        return pandas.DataFrame(
            [(self.name, *target) for target in self.targets],
            columns=['image', *Target._fields])
