"""IRDST: 40653 real frames of sequences; its simulated part is not read.

Reference:
    H. Sun, J. Bai, F. Yang, X. Bai, "Receptive-Field and Direction Induced
    Attention Network for Infrared Dim Small Target Detection With a
    Large-Scale Dataset IRDST", IEEE TGRS 2023.
"""
from mmseg.registry import DATASETS

from ..irstd_dataset import IRSTDDataset
from ..layouts import common_layouts, list_layout

_LISTS = {
    split: tuple(f'{split}{end}.txt' for end in ('_IRDST-real', '_IRDST', ''))
    for split in ('train', 'test')
}
_INSIDE = {split: tuple(f'real/{file}' for file in files)
           for split, files in _LISTS.items()}


@DATASETS.register_module()
class IRDSTDataset(IRSTDDataset):
    """The real part of IRDST, 32523 training and 8130 test images.

    The lists lie beside the folder ``real`` ('release') or in it ('inside');
    ``data_root`` may also be that folder ('lists').
    """

    LAYOUTS = (list_layout('release', _LISTS, 'real/images', 'real/masks'),
               list_layout('inside', _INSIDE, 'real/images', 'real/masks'),
               *common_layouts('IRDST-real', 'IRDST'))
    COUNTS = dict(train=32523, test=8130)
    URL = 'https://github.com/sun11999/RDIAN'
