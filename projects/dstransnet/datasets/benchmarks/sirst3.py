"""SIRST3: SIRST, NUDT-SIRST and IRSTD-1K in one.

Reference:
    X. Ying, L. Liu, Y. Wang, R. Li, N. Chen, Z. Lin, W. Sheng, S. Zhou,
    "Mapping Degeneration Meets Label Evolution: Learning Infrared Small
    Target Detection With Single Point Supervision", CVPR 2023.
"""
from mmseg.registry import DATASETS

from ..irstd_dataset import IRSTDDataset
from ..layouts import common_layouts


@DATASETS.register_module()
class SIRST3Dataset(IRSTDDataset):
    """SIRST3, 1676 training and 1079 test images of many sizes.

    Its SIRST is in the toolboxes' cut of 213 / 214. Where there are only the
    three datasets, ConcatDataset makes the same of them: see the configs
    with ``sirst3-parts`` in their name.
    """

    LAYOUTS = common_layouts('SIRST3')
    COUNTS = dict(train=1676, test=1079)
    MASK_THRESHOLD = 254  # as IRSTD-1K, which is part of it
    URL = 'https://github.com/XinyiYing/LESPS'
