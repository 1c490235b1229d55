"""IRSTD-1K: 1001 real infrared images.

Reference:
    M. Zhang, R. Zhang, Y. Yang, H. Bai, J. Zhang, J. Guo, "ISNet: Shape
    Matters for Infrared Small Target Detection", CVPR 2022.
"""
from mmseg.registry import DATASETS

from ..irstd_dataset import IRSTDDataset
from ..layouts import common_layouts, list_layout

_LISTS = dict(train='trainval.txt', test='test.txt')


@DATASETS.register_module()
class IRSTD1kDataset(IRSTDDataset):
    """IRSTD-1K, 800 training and 201 test images of 512 x 512 pixels.

    The layout 'renamed', another name of 'root', has the release's lists
    beside folders with the usual names.
    """

    LAYOUTS = (
        list_layout(
            'release', _LISTS, images='IRSTD1k_Img', masks='IRSTD1k_Label'),
        *common_layouts('IRSTD-1K', 'IRSTD-1k'),
        list_layout('renamed', _LISTS),
    )
    COUNTS = dict(train=800, test=201)
    IMAGE_SIZE = (512, 512)
    MASK_THRESHOLD = 254  # 85 masks of the release have grey rims
    URL = 'https://github.com/RuiZhang97/ISNet'
