"""IRDST: 40653 real frames of sequences; its simulated part is not read.

Reference:
    H. Sun, J. Bai, F. Yang, X. Bai, "Receptive-Field and Direction Induced
    Attention Network for Infrared Dim Small Target Detection With a
    Large-Scale Dataset IRDST", IEEE TGRS 2023.
"""
from __future__ import annotations

from mmseg.registry import DATASETS

from ..irstd_dataset import IRSTDDataset
from ..layouts import list_layout, toolbox_layouts

_LISTS = dict(train='train_IRDST-real.txt', test='test_IRDST-real.txt')
_INSIDE = {split: f'real/{file}' for split, file in _LISTS.items()}


@DATASETS.register_module()
class IRDSTDataset(IRSTDDataset):
    """The real part of IRDST, 32523 training and 8130 test images.

    The lists lie beside the folder ``real`` ('release') or in it ('inside');
    ``data_root`` may also be that folder ('lists').
    """

    LAYOUTS = (
        list_layout('release', _LISTS, 'real/images', 'real/masks'),
        list_layout('inside', _INSIDE, 'real/images', 'real/masks'),
        *toolbox_layouts('IRDST-real'),
    )
    COUNTS = dict(train=32523, test=8130)
    URL = 'https://github.com/sun11999/RDIAN'
