"""NUST-SIRST (also MDvsFA or MDFA): 10000 training and 100 test images.

Reference:
    H. Wang, L. Zhou, L. Wang, "Miss Detection vs. False Alarm: Adversarial
    Learning for Small Object Segmentation in Infrared Images", ICCV 2019.
"""
from mmseg.registry import DATASETS

from ..irstd_dataset import IRSTDDataset
from ..layouts import Files, Layout, common_layouts

_BROKEN = (239, 245, 260, 264, 2543, 2553, 2561, 2808, 2817, 2819, 3503, 3504,
           3947, 3949, 3962, 7389, 7395, 8094, 8105, 8112, 8757, 8772)


@DATASETS.register_module()
class NUSTSIRSTDataset(IRSTDDataset):
    """NUST-SIRST, 10000 training images less 22 broken ones, and 100 tests.

    ``data_root`` is the folder that holds ``training``. There, images and
    masks lie side by side: ``000000_1.png`` and ``000000_2.png``.
    """

    LAYOUTS = (
        Layout(
            'release',
            dict(
                train=Files('training', 'training', image_ending='_1',
                            mask_endings=('_2', )),
                test=Files('test_org', 'test_gt'))),
        *common_layouts('NUST-SIRST'),
    )
    COUNTS = dict(train=9978, test=100)
    URL = 'https://github.com/wanghuanphd/MDvsFA_cGAN'
    BROKEN = tuple(f'{number:06d}' for number in _BROKEN)
