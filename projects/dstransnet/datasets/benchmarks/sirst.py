"""SIRST (also NUAA-SIRST): 427 real infrared images.

Reference:
    Y. Dai, Y. Wu, F. Zhou, K. Barnard, "Asymmetric Contextual Modulation for
    Infrared Small Target Detection", WACV 2021.
"""
from mmseg.registry import DATASETS

from ..irstd_dataset import IRSTDDataset
from ..layouts import common_layouts, list_layout

# Toolboxes split the dataset in halves. Some renamed the masks.
_HALVES = dict(train=213, test=214)
_MASK_ENDINGS = ('_pixels0', '')
_COMMON = common_layouts(
    'NUAA-SIRST', 'SIRST', mask_endings=_MASK_ENDINGS, counts=_HALVES)


@DATASETS.register_module()
class SIRSTDataset(IRSTDDataset):
    """SIRST, with the paper's split of 341 / 86 or the toolboxes' 213 / 214.

    ``layout='release'`` is the paper's; its splits 'subtrain' and 'val' are
    parts of 'train'. The toolboxes' is ``layout='50_50'``, 'toolbox' or
    'lists'; the other layouts may have either.
    """

    LAYOUTS = (
        list_layout(
            'release',
            dict(train='idx_427/trainval.txt', test='idx_427/test.txt',
                 subtrain='idx_427/train.txt', val='idx_427/val.txt'),
            mask_endings=('_pixels0', )),
        *_COMMON[:2],
        list_layout(
            '50_50', dict(train='50_50/train.txt', test='50_50/test.txt'),
            mask_endings=_MASK_ENDINGS, counts=_HALVES),
        *_COMMON[2:],
    )
    COUNTS = dict(train=341, test=86, subtrain=256, val=85)
    URL = 'https://github.com/YimianDai/sirst'
