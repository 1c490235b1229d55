import io
import re

import mmcv
import numpy as np
import pytest
from mmcv.transforms import LoadImageFromFile
from PIL import Image

from projects.dstransnet.datasets import IRSTDDataset
from projects.dstransnet.datasets.transforms.loading_errors import (
    name_unreadable_images,
)
from projects.dstransnet.utils.errors import InputError

NPY = io.BytesIO()
np.save(NPY, np.zeros((4, 4), np.uint8))


def dataset(root, data, **options):
    mmcv.imwrite(np.zeros((4, 4), np.uint8), str(root / 'masks/a.png'))
    (root / 'images').mkdir()
    (root / 'images/a.png').write_bytes(data)
    loader = {key: options.pop(key) for key in ('imdecode_backend', )
              if key in options}
    return IRSTDDataset(
        data_root=str(root), pipeline=[dict(
            type='LoadImageFromFile', **loader)],
        data_prefix=dict(img_path='images', seg_map_path='masks'), **options)


@pytest.mark.parametrize('backend', ['cv2', 'pillow'])
def test_files_that_the_loader_cannot_decode_are_named(backend, tmp_path):
    data = dataset(tmp_path, NPY.getvalue(), imdecode_backend=backend)
    with pytest.raises(InputError, match=re.escape(
            f'{tmp_path}/images/a.png: not a readable image')) as error:
        data[0]
    assert 'LoadInfraredImage' in str(error.value)


def test_a_cache_names_them_too(tmp_path):
    with pytest.raises(InputError, match='images/a.png: not a readable'):
        dataset(tmp_path, NPY.getvalue(), cache='ram', cache_limit=0.01)


def test_missing_files_are_missing(tmp_path):
    data = dataset(tmp_path, NPY.getvalue(), check_files=False)
    (tmp_path / 'images/a.png').unlink()
    with pytest.raises(FileNotFoundError, match='images/a.png'):
        data[0]


def test_other_errors_are_left_alone(tmp_path):
    Image.new('L', (4, 4)).save(tmp_path / 'a.png')

    def load():
        LoadImageFromFile()(dict(img_path=str(tmp_path / 'a.png')))
        raise AssertionError('of another step')

    with pytest.raises(AssertionError, match='^of another step$'), \
            name_unreadable_images():
        load()
