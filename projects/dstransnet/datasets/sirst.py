"""SIRST (also NUAA-SIRST): 427 real infrared images.

Reference:
    Y. Dai, Y. Wu, F. Zhou, K. Barnard, "Asymmetric Contextual Modulation for
    Infrared Small Target Detection", WACV 2021.
"""
from __future__ import annotations

from typing import Any

from mmseg.registry import DATASETS

from .irstd_dataset import IRSTDDataset


@DATASETS.register_module()
class SIRSTDataset(IRSTDDataset):
    """SIRST in the layout of its release, read without conversion.

    ``images/X.png``, ``masks/X_pixels0.png``, ``idx_427/{trainval,test}.txt``
    (341 and 86 names); ``ann_file`` selects the split.

    Args:
        ann_file (str): Defaults to 'idx_427/trainval.txt', the training split
            of the published results.
        data_prefix (dict): Defaults to
            ``dict(img_path='images', seg_map_path='masks')``.
        seg_map_suffix (str): Defaults to '_pixels0.png'.
        **kwargs: Passed on to :class:`IRSTDDataset`.
    """

    def __init__(self,
                 ann_file: str = 'idx_427/trainval.txt',
                 data_prefix: dict = dict(
                     img_path='images', seg_map_path='masks'),
                 seg_map_suffix: str = '_pixels0.png',
                 **kwargs: Any) -> None:
        super().__init__(
            ann_file=ann_file,
            data_prefix=data_prefix,
            seg_map_suffix=seg_map_suffix,
            **kwargs)
