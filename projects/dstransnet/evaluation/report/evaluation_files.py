"""Files that an evaluation writes: masks, score maps, results."""
from __future__ import annotations

import dataclasses
import os
import os.path as osp
from collections.abc import Iterable

import mmcv
import numpy as np

from ...utils.errors import InputError
from ...utils.sample_names import UniqueNames
from .evaluation_result import EvaluationResult


@dataclasses.dataclass
class EvaluationFiles:
    """Folders for the files of an evaluation; None writes nothing.

    Args:
        output_dir (str, optional): Folder for predicted masks, ``NAME.png``
            (0 / 255), at the size of the evaluation. Defaults to None.
        score_dir (str, optional): Folder for score maps, ``NAME.npy``
            (float32), at the size of the evaluation. Defaults to None.
        result_dir (str, optional): Folder for ``result.json``,
            ``per_image.csv`` and ``per_image.json``. Defaults to None.
        worst_first (bool): Sort the image records by IoU, lowest first,
            instead of in the order of the dataset. Defaults to False.
        image_root (str, optional): Name images by their paths below it;
            needed to write files where base names coincide. Defaults to None.
    """
    output_dir: str | None = None
    score_dir: str | None = None
    result_dir: str | None = None
    worst_first: bool = False
    image_root: str | None = None

    def __post_init__(self) -> None:
        self._names = UniqueNames(self.image_root)

    def write_prediction(self, img_path: str | None, scores: np.ndarray,
                         threshold: float) -> None:
        """Write mask and score map of an image to their folders, if any.

        Raises:
            InputError: If there is no path, or another image has this name.
        """
        if self.output_dir is None and self.score_dir is None:
            return
        if not img_path:
            raise InputError('IRSTDMetric writes files by the names of '
                             'images, and a sample has no img_path')
        name = self._names(img_path)
        if self.output_dir is not None:
            mask = (scores > threshold).astype(np.uint8) * 255
            mmcv.imwrite(mask, osp.join(self.output_dir, f'{name}.png'))
        if self.score_dir is not None:
            path = osp.join(self.score_dir, f'{name}.npy')
            os.makedirs(osp.dirname(path), exist_ok=True)
            np.save(path, scores)

    def check_names(self, paths: Iterable[str]) -> None:
        """Raise InputError if two images of all processes share a file."""
        if self.output_dir is not None or self.score_dir is not None:
            names = UniqueNames(self.image_root)
            for path in paths:
                names(path)

    def write_result(self, result: EvaluationResult) -> None:
        """Write the files of :meth:`EvaluationResult.write`, if asked for."""
        if self.result_dir is not None:
            result.write(self.result_dir, self.worst_first)
