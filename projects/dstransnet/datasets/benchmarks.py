"""The public benchmarks: directory layouts and published counts."""
from mmseg.registry import DATASETS

from .irstd_dataset import IRSTDDataset
from .layouts import Files, Layout, common_layouts, list_layout

# Toolboxes split the dataset in halves. Some renamed the masks.
_HALVES = dict(train=213, test=214)
_MASK_ENDINGS = ('_pixels0', '')
_COMMON = common_layouts(
    'NUAA-SIRST', 'SIRST', mask_endings=_MASK_ENDINGS, counts=_HALVES)


@DATASETS.register_module()
class SIRSTDataset(IRSTDDataset):
    """SIRST (also NUAA-SIRST): real infrared images.

    It has the paper's split of 341 / 86 or the toolboxes' 213 / 214:
    ``layout='release'`` is the paper's; its splits 'subtrain' and 'val' are
    parts of 'train'. The toolboxes' is ``layout='50_50'``, 'toolbox' or
    'lists'; the other layouts may have either.

    Reference:
        Y. Dai, Y. Wu, F. Zhou, K. Barnard, "Asymmetric Contextual Modulation
        for Infrared Small Target Detection", WACV 2021.
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


@DATASETS.register_module()
class SIRSTv2Dataset(IRSTDDataset):
    """SIRST-V2, 768 training and 256 test images of many sizes.

    Those of SIRST are among them, and images without a target, which count
    for false alarms. In the release, 'subtrain' and 'val' are parts of
    'train'.

    Reference:
        Y. Dai, X. Li, F. Zhou, Y. Qian, Y. Chen, J. Yang, "One-Stage Cascade
        Refinement Networks for Infrared Small Target Detection", IEEE TGRS
        2023.
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


@DATASETS.register_module()
class NUDTSIRSTDataset(IRSTDDataset):
    """NUDT-SIRST, 663 training and 664 test images of 256 x 256 pixels.

    Backgrounds are real, targets synthetic. The masks of a third of the
    targets lie one pixel further left or up than the target, almost none
    further right or down; in short trainings, flips and rotations cost
    DSTransNet-R some IoU (``docs/design/trainings.md``).

    Reference:
        B. Li, C. Xiao, L. Wang, Y. Wang, Z. Lin, M. Li, W. An, Y. Guo, "Dense
        Nested Attention Network for Infrared Small Target Detection", IEEE TIP
        2023.
    """

    LAYOUTS = (
        list_layout('release',
                    dict(train='50_50/train.txt', test='50_50/test.txt')),
        *common_layouts('NUDT-SIRST'),
    )
    COUNTS = dict(train=663, test=664)
    IMAGE_SIZE = (256, 256)
    URL = 'https://github.com/YeRen123455/Infrared-Small-Target-Detection'


_IRSTD_1K = dict(train='trainval.txt', test='test.txt')


@DATASETS.register_module()
class IRSTD1kDataset(IRSTDDataset):
    """IRSTD-1K, 800 training and 201 test images of 512 x 512 pixels.

    The layout 'renamed', another name of 'root', has the release's lists
    beside folders with the usual names.

    Reference:
        M. Zhang, R. Zhang, Y. Yang, H. Bai, J. Zhang, J. Guo, "ISNet: Shape
        Matters for Infrared Small Target Detection", CVPR 2022.
    """

    LAYOUTS = (
        list_layout(
            'release', _IRSTD_1K, images='IRSTD1k_Img',
            masks='IRSTD1k_Label'),
        *common_layouts('IRSTD-1K', 'IRSTD-1k'),
        list_layout('renamed', _IRSTD_1K),
    )
    COUNTS = dict(train=800, test=201)
    IMAGE_SIZE = (512, 512)
    MASK_THRESHOLD = 254  # 85 masks of the release have grey rims
    URL = 'https://github.com/RuiZhang97/ISNet'


@DATASETS.register_module()
class SIRSTAugDataset(IRSTDDataset):
    """SIRST-Aug, 8525 training and 545 test images of 256 x 256 pixels.

    They are made of SIRST's by augmentation. The layout of the release is
    'folders'.

    Reference:
        T. Zhang, L. Li, S. Cao, T. Pu, Z. Peng, "Attention-Guided Pyramid
        Context Networks for Detecting Infrared Small Target Under Complex
        Background", IEEE TAES 2023.
    """

    LAYOUTS = tuple(sorted(common_layouts('SIRST-Aug', 'SIRST-aug'),
                           key=lambda layout: layout.name != 'folders'))
    COUNTS = dict(train=8525, test=545)
    IMAGE_SIZE = (256, 256)
    URL = 'https://github.com/Tianfang-Zhang/AGPCNet'


_BROKEN = (239, 245, 260, 264, 2543, 2553, 2561, 2808, 2817, 2819, 3503, 3504,
           3947, 3949, 3962, 7389, 7395, 8094, 8105, 8112, 8757, 8772)


@DATASETS.register_module()
class NUSTSIRSTDataset(IRSTDDataset):
    """NUST-SIRST (also MDvsFA or MDFA).

    It has 10000 training images less 22 broken ones, and 100 tests.
    ``data_root`` is the folder that holds ``training``. There, images and
    masks lie side by side: ``000000_1.png`` and ``000000_2.png``.

    Reference:
        H. Wang, L. Zhou, L. Wang, "Miss Detection vs. False Alarm: Adversarial
        Learning for Small Object Segmentation in Infrared Images", ICCV 2019.
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


@DATASETS.register_module()
class NUDTSIRSTSeaDataset(IRSTDDataset):
    """NUDT-SIRST-Sea, 4961 training and 847 test images.

    Tiny ships seen from space. Most images are of 1024 x 1024 pixels, some
    are shorter on a side.

    Reference:
        T. Wu, B. Li, Y. Luo, Y. Wang, C. Xiao, T. Liu, J. Yang, W. An, Y. Guo,
        "MTU-Net: Multilevel TransUNet for Space-Based Infrared Tiny Ship
        Detection", IEEE TGRS 2023.
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


_IRDST = {
    split: tuple(f'{split}{end}.txt' for end in ('_IRDST-real', '_IRDST', ''))
    for split in ('train', 'test')
}
_INSIDE = {split: tuple(f'real/{file}' for file in files)
           for split, files in _IRDST.items()}


@DATASETS.register_module()
class IRDSTDataset(IRSTDDataset):
    """The real part of IRDST, 32523 training and 8130 test images.

    The lists lie beside the folder ``real`` ('release') or in it ('inside');
    ``data_root`` may also be that folder ('lists').

    Reference:
        H. Sun, J. Bai, F. Yang, X. Bai, "Receptive-Field and Direction Induced
        Attention Network for Infrared Dim Small Target Detection With a
        Large-Scale Dataset IRDST", IEEE TGRS 2023.
    """

    LAYOUTS = (list_layout('release', _IRDST, 'real/images', 'real/masks'),
               list_layout('inside', _INSIDE, 'real/images', 'real/masks'),
               *common_layouts('IRDST-real', 'IRDST'))
    COUNTS = dict(train=32523, test=8130)
    URL = 'https://github.com/sun11999/RDIAN'


@DATASETS.register_module()
class SIRST3Dataset(IRSTDDataset):
    """SIRST3, 1676 training and 1079 test images of many sizes.

    Its SIRST is in the toolboxes' cut of 213 / 214. Where there are only the
    three datasets, ConcatDataset makes the same of them: see the configs
    with ``sirst3-parts`` in their name.

    Reference:
        X. Ying, L. Liu, Y. Wang, R. Li, N. Chen, Z. Lin, W. Sheng, S. Zhou,
        "Mapping Degeneration Meets Label Evolution: Learning Infrared Small
        Target Detection With Single Point Supervision", CVPR 2023.
    """

    LAYOUTS = common_layouts('SIRST3')
    COUNTS = dict(train=1676, test=1079)
    MASK_THRESHOLD = 254  # as IRSTD-1K, which is part of it
    URL = 'https://github.com/XinyiYing/LESPS'
