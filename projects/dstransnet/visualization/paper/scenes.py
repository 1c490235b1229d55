"""Images with ground truth and the score maps of several models."""
from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS

from ...evaluation import EvaluationResult
from ...evaluation.external import read_map, to_scores
from ...utils.config import split_config
from ...utils.errors import InputError
from ...utils.sample_names import image_paths, unique_names
from ...utils.text import first_few
from ..findings import Finding, Kind, find
from ..view import packed_image, resize_image


@dataclasses.dataclass(frozen=True)
class Scene:
    """An image as models saw it, and what they made of it.

    Attributes:
        name (str): Name of the image.
        image (np.ndarray): RGB of shape (H, W, 3), uint8.
        target (np.ndarray): Ground truth of shape (H, W), 0 and 1.
        scores (dict[str, np.ndarray]): Score maps by model, within [0, 1], of
            shape (H, W).
        masks (dict[str, np.ndarray]): What each model decides, bool of shape
            (H, W).
        findings (dict[str, list[Finding]]): Hits, misses and false alarms by
            model, see :func:`find`.
    """
    name: str
    image: np.ndarray
    target: np.ndarray
    scores: Mapping[str, np.ndarray]
    masks: Mapping[str, np.ndarray]
    findings: Mapping[str, list[Finding]]

    @classmethod
    def of(cls, name: str, image: np.ndarray, target: np.ndarray,
           scores: Mapping[str, np.ndarray],
           rules: Mapping[str, Mapping]) -> Scene:
        """Decide and match score maps by the rules of each model's result.

        Args:
            name (str): Name of the image.
            image (np.ndarray): See :class:`Scene`, like the next two.
            target (np.ndarray): Likewise.
            scores (Mapping[str, np.ndarray]): Likewise.
            rules (Mapping[str, Mapping]): Settings of the result of each
                model: threshold, match, distance and connectivity.
        """
        masks = {model: values > rules[model].get('threshold', 0.5)
                 for model, values in scores.items()}
        return cls(name, image, target, scores, masks, {
            model: find(mask, target, *(
                rules[model].get(key, default) for key, default in (
                    ('match', 'centroid'), ('distance', 3.0),
                    ('connectivity', 8))))
            for model, mask in masks.items()})

    def focus(self) -> Finding | None:
        """Return what to enlarge: a target, or else a false alarm.

        The target that most models miss, of these the smallest; None without
        target and false alarm.
        """
        every = [item for group in self.findings.values() for item in group]
        targets: dict[tuple, list[Finding]] = {}
        for item in every:
            if item.kind is not Kind.FALSE_ALARM:
                targets.setdefault(item.box, []).append(item)
        if targets:
            return min(targets.values(), key=lambda group: (
                -sum(item.kind is Kind.MISSED for item in group),
                group[0].area))[0]
        return every[0] if every else None


def load_scenes(cfg: Config, results: Mapping[str, EvaluationResult],
                folders: Mapping[str, str],
                names: Sequence[str]) -> list[Scene]:
    """Load images of the test split, and their score maps.

    Args:
        cfg (Config): Config of one of the models; its test pipeline loads the
            images and masks.
        results (Mapping[str, EvaluationResult]): Results by model.
        folders (Mapping[str, str]): Folder of each result, which has
            ``scores/NAME.npy``.
        names (Sequence[str]): Names of the images.

    Raises:
        InputError: If an image or a score map is missing, or has another size
            than the ground truth.
    """
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    dataset = DATASETS.build(split_config(cfg))
    known = {name: number for number, name in enumerate(
        unique_names(image_paths(dataset)))}
    scenes = []
    for name in names:
        if name not in known:
            raise InputError(f'--images: expected names of the test split '
                             f'({first_few(known, 3)}), got {name!r}')
        packed = dataset[known[name]]
        target = packed['data_samples'].gt_sem_seg.data[0].numpy()
        height, width = target.shape
        image = packed_image(packed['inputs'])
        if image.shape[:2] != target.shape:
            image = resize_image(image, width, height)
        scores = {model: _scores(folder, name, target.shape)
                  for model, folder in folders.items()}
        scenes.append(Scene.of(name, image, target, scores, {
            model: result.settings for model, result in results.items()}))
    return scenes


def _scores(folder: str, name: str, shape: tuple[int, ...]) -> np.ndarray:
    root = Path(folder)
    path = (root if root.is_dir() else root.parent) / f'scores/{name}.npy'
    if not path.is_file():
        raise InputError(f'{path}: no such file; evaluate with --save-scores')
    scores = to_scores(read_map(path), str(path))
    if scores.shape != shape:
        raise InputError(f'{path}: expected the size of the ground truth, '
                         f'{shape}, got {scores.shape}')
    return scores
