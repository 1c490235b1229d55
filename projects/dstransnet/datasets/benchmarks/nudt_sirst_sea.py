"""NUDT-SIRST-Sea: 5808 images of tiny ships seen from space.

Reference:
    T. Wu, B. Li, Y. Luo, Y. Wang, C. Xiao, T. Liu, J. Yang, W. An, Y. Guo,
    "MTU-Net: Multilevel TransUNet for Space-Based Infrared Tiny Ship
    Detection", IEEE TGRS 2023.
"""
from mmseg.registry import DATASETS

from ..irstd_dataset import IRSTDDataset
from ..layouts import common_layouts, list_layout


@DATASETS.register_module()
class NUDTSIRSTSeaDataset(IRSTDDataset):
    """NUDT-SIRST-Sea, 4961 training and 847 test images.

    Most are of 1024 x 1024 pixels, some are shorter on a side.
    """

    LAYOUTS = (
        list_layout(
            'release',
            dict(
                train='idx_4961+847/train.txt', test='idx_4961+847/test.txt')),
        *common_layouts('NUDT-SIRST-Sea'),
    )
    COUNTS = dict(train=4961, test=847)
    URL = ('https://github.com/TianhaoWu16/Multi-level-TransUNet-for-'
           'Space-based-Infrared-Tiny-ship-Detection')
