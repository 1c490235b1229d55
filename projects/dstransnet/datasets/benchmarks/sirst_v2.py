"""SIRST-V2: 1024 real infrared images, those of SIRST among them.

Reference:
    Y. Dai, X. Li, F. Zhou, Y. Qian, Y. Chen, J. Yang, "One-Stage Cascade
    Refinement Networks for Infrared Small Target Detection", IEEE TGRS 2023.
"""
from mmseg.registry import DATASETS

from ..irstd_dataset import IRSTDDataset
from ..layouts import common_layouts, list_layout


@DATASETS.register_module()
class SIRSTv2Dataset(IRSTDDataset):
    """SIRST-V2, 768 training and 256 test images of many sizes.

    Images without a target are part of it: they count for false alarms. In
    the release, 'subtrain' and 'val' are parts of 'train'.
    """

    LAYOUTS = (
        list_layout(
            'release',
            dict(train='splits/trainval_full.txt', test='splits/test_full.txt',
                 subtrain='splits/train_full.txt', val='splits/val_full.txt'),
            images='mixed',
            masks='annotations/masks',
            mask_endings=('_pixels0', )),
        *common_layouts('SIRST-v2', 'SIRST-V2', mask_endings=('_pixels0', '')),
    )
    COUNTS = dict(train=768, test=256, subtrain=512, val=256)
    URL = 'https://github.com/YimianDai/open-sirst-v2'
