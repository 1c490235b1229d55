"""Writes a dataset with three splits and its config."""
import mmcv
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import DefaultScope

MASKS = {name: np.zeros((20, 30), np.uint8) for name in 'abcde'}
for _number, _mask in enumerate(MASKS.values()):
    _mask[4:8, 3 * _number:3 * _number + 4] = 255
MASKS['e'] = np.zeros((26, 18), np.uint8)
MASKS['e'][2:6, 2:5] = MASKS['e'][20:24, 12:16] = 255
SPLITS = dict(train='ab', val='bc', test='cde')


@pytest.fixture(autouse=True)
def _mmseg_scope():
    with DefaultScope.overwrite_default_scope('mmseg'):
        yield


@pytest.fixture
def masks() -> dict[str, np.ndarray]:
    """True mask of each image, 0 and 255; e is of another size."""
    return MASKS


@pytest.fixture
def config(tmp_path) -> Config:
    """A config in the manner of the project's, without a model."""
    root = tmp_path / 'SIRST'
    for name, mask in MASKS.items():
        mmcv.imwrite(mask, str(root / f'images/{name}.png'))
        mmcv.imwrite(mask, str(root / f'masks/{name}_pixels0.png'))
    for split, names in SPLITS.items():
        (root / f'{split}.txt').write_text('\n'.join(names))
    (root / 'more.txt').write_text('a\nc\nd\n')

    def loader(split: str, pipeline: list, **options) -> dict:
        return dict(
            dataset=dict(
                type='SIRSTDataset', data_root=str(root),
                ann_file=f'{split}.txt', pipeline=pipeline, **options))

    train = [dict(type='LoadImageFromFile')]
    test = [
        dict(type='LoadImageFromFile'),
        dict(type='Resize', scale=(24, 16), backend='pillow'),
        dict(type='EvaluateAtInputSize'),
        dict(type='LoadIRSTDMask'),
        dict(type='PackSegInputs'),
    ]
    return Config(
        dict(
            default_scope='mmseg',
            test_pipeline=test,
            train_dataloader=loader('train', train),
            val_dataloader=loader('val', test, test_mode=True),
            test_dataloader=loader('test', test, test_mode=True)),
        cfg_text='# made by a test',
        filename='configs/some.py')
