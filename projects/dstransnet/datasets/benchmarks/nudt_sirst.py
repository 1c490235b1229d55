"""NUDT-SIRST: 1327 images of real backgrounds with synthetic targets.

Reference:
    B. Li, C. Xiao, L. Wang, Y. Wang, Z. Lin, M. Li, W. An, Y. Guo, "Dense
    Nested Attention Network for Infrared Small Target Detection", IEEE TIP
    2023.
"""
from mmseg.registry import DATASETS

from ..irstd_dataset import IRSTDDataset
from ..layouts import common_layouts, list_layout


@DATASETS.register_module()
class NUDTSIRSTDataset(IRSTDDataset):
    """NUDT-SIRST, 663 training and 664 test images of 256 x 256 pixels."""

    LAYOUTS = (
        list_layout('release',
                    dict(train='50_50/train.txt', test='50_50/test.txt')),
        *common_layouts('NUDT-SIRST'),
    )
    COUNTS = dict(train=663, test=664)
    IMAGE_SIZE = (256, 256)
    URL = 'https://github.com/YeRen123455/Infrared-Small-Target-Detection'
