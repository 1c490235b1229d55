"""Thresholds by which the masks of a dataset become labels."""
from __future__ import annotations

from typing import Any

from ..utils.config import leaf_datasets
from .transforms import LoadIRSTDMask


def mask_threshold(dataset: Any) -> int | None:
    """Return the threshold of a dataset's masks.

    Args:
        dataset (Dataset): A dataset that joins no others.

    Returns:
        int | None: That of the pipeline's ``LoadIRSTDMask``, or else that of
        the dataset, see :class:`.IRSTDDataset`; None where masks have to be
        two-valued.
    """
    for step in getattr(getattr(dataset, 'pipeline', None), 'transforms', ()):
        if isinstance(step, LoadIRSTDMask) and step.threshold is not None:
            return step.threshold
    return getattr(dataset, 'mask_threshold', None)


def mask_thresholds(dataset: Any) -> dict[str, int]:
    """Return the threshold of each mask, for readers beside the pipeline.

    Args:
        dataset (Dataset): A dataset, or one that joins others.

    Returns:
        dict[str, int]: By the path of the mask; masks that have to be
        two-valued are not in it.
    """
    found = {}
    for leaf in leaf_datasets(dataset):
        threshold = mask_threshold(leaf)
        if threshold is not None:
            for number in range(len(leaf)):
                path = leaf.get_data_info(number).get('seg_map_path')
                if path is not None:
                    found[path] = threshold
    return found
