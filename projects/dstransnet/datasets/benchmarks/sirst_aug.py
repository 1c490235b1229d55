"""SIRST-Aug: 9070 images made of SIRST's by augmentation.

Reference:
    T. Zhang, L. Li, S. Cao, T. Pu, Z. Peng, "Attention-Guided Pyramid Context
    Networks for Detecting Infrared Small Target Under Complex Background",
    IEEE TAES 2023.
"""
from mmseg.registry import DATASETS

from ..irstd_dataset import IRSTDDataset
from ..layouts import common_layouts


@DATASETS.register_module()
class SIRSTAugDataset(IRSTDDataset):
    """SIRST-Aug, 8525 training and 545 test images of 256 x 256 pixels.

    The layout of the release is 'folders'.
    """

    LAYOUTS = tuple(sorted(common_layouts('SIRST-Aug', 'SIRST-aug'),
                           key=lambda layout: layout.name != 'folders'))
    COUNTS = dict(train=8525, test=545)
    IMAGE_SIZE = (256, 256)
    URL = 'https://github.com/Tianfang-Zhang/AGPCNet'
