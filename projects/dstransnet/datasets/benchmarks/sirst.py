"""SIRST (also NUAA-SIRST): 427 real infrared images.

Reference:
    Y. Dai, Y. Wu, F. Zhou, K. Barnard, "Asymmetric Contextual Modulation for
    Infrared Small Target Detection", WACV 2021.
"""
from __future__ import annotations

from typing import Any

from mmseg.registry import DATASETS

from ..irstd_dataset import IRSTDDataset
from ..layouts import list_layout, toolbox_layouts

# Toolboxes cut the set in halves. Some renamed the masks, some did not.
_HALVES = dict(train=213, test=214)
_SUFFIXES = ('_pixels0.png', '.png')


@DATASETS.register_module()
class SIRSTDataset(IRSTDDataset):
    """SIRST, in the paper's cut of 341 / 86 or the toolboxes' of 213 / 214.

    ``layout='release'`` is the paper's; its splits 'subtrain' and 'val' are
    parts of 'train'. The toolboxes' is ``layout='toolbox'``, 'lists' or
    '50_50'; in 'folders' either is found.

    Args:
        ann_file (str, optional): See :class:`IRSTDDataset`.
        data_prefix (dict, optional): See :class:`IRSTDDataset`.
        seg_map_suffix (str, optional): See :class:`IRSTDDataset`.
        **kwargs: Passed on to :class:`IRSTDDataset`.
    """

    LAYOUTS = (
        list_layout(
            'release',
            dict(
                train='idx_427/trainval.txt',
                test='idx_427/test.txt',
                subtrain='idx_427/train.txt',
                val='idx_427/val.txt'),
            mask_suffixes=('_pixels0.png', )),
        *toolbox_layouts('NUAA-SIRST', _SUFFIXES, _HALVES),
        list_layout(
            '50_50',
            dict(train='50_50/train.txt', test='50_50/test.txt'),
            mask_suffixes=_SUFFIXES,
            counts=_HALVES),
    )
    COUNTS = dict(train=341, test=86, subtrain=256, val=85)
    URL = 'https://github.com/YimianDai/sirst'

    def __init__(self,
                 ann_file: str | None = None,
                 data_prefix: dict | None = None,
                 seg_map_suffix: str | None = None,
                 **kwargs: Any) -> None:
        super().__init__(
            ann_file=ann_file,
            data_prefix=data_prefix,
            seg_map_suffix=seg_map_suffix,
            **kwargs)
