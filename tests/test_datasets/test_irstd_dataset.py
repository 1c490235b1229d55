import warnings
from pathlib import Path

import numpy as np
import pytest
from helpers import image_folder
from helpers.image_folder import LOADING, build
from PIL import Image

from projects.dstransnet.datasets import IRSTDDataset
from projects.dstransnet.utils.errors import InputError


def write_pair(root: Path, name: str, size: tuple[int, int] = (20, 16),
               mask_size: tuple[int, int] | None = None) -> None:
    """Write an image of random pixels and a mask with one target."""
    rng = np.random.default_rng(len(name))
    mask = np.zeros((mask_size or size)[::-1], np.uint8)
    mask[2:5, 3:7] = 255
    image_folder.write_pair(
        root, name, rng.integers(0, 256, size[::-1], np.uint8), mask)


def names(dataset: IRSTDDataset) -> list[str]:
    return [Path(sample['img_path']).stem for sample in dataset]


@pytest.fixture
def tree(tmp_path):
    for name in ('b', 'a', 'c'):
        write_pair(tmp_path, name)
    return tmp_path


def test_samples_follow_the_split_file(tree):
    (tree / 'train.txt').write_text('c\na\n')
    dataset = build(tree, ann_file='train.txt')
    assert len(dataset) == 2
    assert names(dataset) == ['c', 'a']
    sample = dataset[0]
    assert sample['img_path'] == str(tree / 'images' / 'c.png')
    assert sample['seg_map_path'] == str(tree / 'masks' / 'c.png')
    assert sample['seg_fields'] == []


def test_loaded_arrays_equal_the_files(tree):
    sample = build(tree, pipeline=LOADING)[0]
    grey = np.array(Image.open(tree / 'images' / 'a.png'))
    assert np.array_equal(sample['img'], np.stack([grey] * 3, -1))
    mask = np.array(Image.open(tree / 'masks' / 'a.png'))
    assert np.array_equal(sample['gt_seg_map'], mask == 255)
    assert sample['gt_seg_map'].dtype == np.uint8
    assert sample['seg_fields'] == ['gt_seg_map']


def test_two_classes_and_their_palette(tree):
    dataset = build(tree)
    assert dataset.metainfo['classes'] == ('background', 'target')
    assert dataset.metainfo['palette'] == [[0, 0, 0], [255, 255, 255]]
    assert dataset.metainfo['label_map'] is None


def test_other_class_names_rename_the_two_classes(tree):
    dataset = build(tree, metainfo=dict(classes=('sky', 'drone')),
                    pipeline=LOADING)
    assert dataset.metainfo['classes'] == ('sky', 'drone')
    assert set(np.unique(dataset[0]['gt_seg_map'])) == {0, 1}
    with pytest.raises(InputError, match='metainfo: expected two classes'):
        build(tree, metainfo=dict(classes=('sky', 'sea', 'drone')))


def test_background_is_no_class_to_leave_out(tree):
    with pytest.raises(InputError, match='reduce_zero_label: expected False'):
        build(tree, reduce_zero_label=True)


def test_split_that_is_not_utf_8(tree):
    (tree / 'train.txt').write_bytes('a\nb\xe9\n'.encode('utf-16'))
    with pytest.raises(InputError, match=(
            r'^IRSTDDataset: .*/train.txt: expected text in UTF-8')):
        build(tree, ann_file='train.txt')


def test_without_split_every_image_is_listed_sorted(tree):
    (tree / 'images' / 'notes.txt').write_text('not an image')
    assert names(build(tree)) == ['a', 'b', 'c']


def test_suffixes(tmp_path):
    write_pair(tmp_path, 'a')
    (tmp_path / 'images' / 'a.png').rename(tmp_path / 'images' / 'a.tif')
    (tmp_path / 'masks' / 'a.png').rename(tmp_path / 'masks' / 'a_gt.png')
    dataset = build(tmp_path, img_suffix='.tif', seg_map_suffix='_gt.png')
    assert dataset[0]['img_path'].endswith('a.tif')
    assert dataset[0]['seg_map_path'].endswith('a_gt.png')


def test_without_masks_there_is_no_mask_path(tree):
    dataset = build(tree, data_prefix=dict(img_path='images'), test_mode=True)
    assert 'seg_map_path' not in dataset[0]


def test_every_unusable_file_is_in_one_error(tree):
    for name in ('image-gone', 'mask-gone', 'no-bytes', 'text', 'cut'):
        write_pair(tree, name)
    (tree / 'images' / 'image-gone.png').unlink()
    (tree / 'masks' / 'mask-gone.png').unlink()
    (tree / 'images' / 'no-bytes.png').write_bytes(b'')
    (tree / 'masks' / 'text.png').write_text('404: not found')
    cut = tree / 'images' / 'cut.png'
    cut.write_bytes(cut.read_bytes()[:-20])
    (tree / 'train.txt').write_text(
        'a\nimage-gone\nmask-gone\nno-bytes\ntext\ncut\nb\n')
    with pytest.raises(InputError) as error:
        build(tree, ann_file='train.txt')
    first, *lines = str(error.value).splitlines()
    assert first == ('IRSTDDataset: 5 files of '
                     f'{tree / "train.txt"} cannot be used:')
    images, masks = tree / 'images', tree / 'masks'
    expected = [f'{images / "image-gone.png"}: missing',
                f'{masks / "mask-gone.png"}: missing',
                f'{images / "no-bytes.png"}: empty (0 bytes)',
                f'{masks / "text.png"}: not a readable image (',
                f'{images / "cut.png"}: truncated (no end-of-file chunk)']
    assert len(lines) == len(expected)
    for line, start in zip(lines, expected):
        assert line.strip().startswith(start)


def test_files_are_not_checked_where_that_is_switched_off(tree):
    (tree / 'masks' / 'a.png').unlink()
    dataset = build(tree, check_files=False, pipeline=LOADING)
    assert len(dataset) == 3
    with pytest.raises(FileNotFoundError, match='a.png'):
        dataset[0]


def test_files_that_are_not_local_are_not_checked(tree):
    (tree / 'masks' / 'a.png').unlink()
    assert len(build(tree, backend_args=dict(backend='local'))) == 3
    (tree / 'train.txt').write_text('a\nb\n')
    dataset = build(
        '', ann_file=str(tree / 'train.txt'), data_prefix=dict(
            img_path='s3://bucket/images', seg_map_path='s3://bucket/masks'))
    assert dataset[1]['img_path'] == 's3://bucket/images/b.png'


@pytest.mark.parametrize('text', ['', '\n \n'])
def test_empty_split(tree, text):
    (tree / 'train.txt').write_text(text)
    with pytest.raises(InputError, match='train.txt names no image'):
        build(tree, ann_file='train.txt')
    with pytest.raises(InputError, match='images names no image'):
        build(tree, img_suffix='.bmp')


@pytest.mark.parametrize('settings, message', [
    (dict(ann_file='splits/train.txt'),
     'no split file {root}/splits/train.txt; check data_root={root!r} and '
     'ann_file'),
    (dict(data_prefix=dict(img_path='img', seg_map_path='masks')),
     'no image folder {root}/img; check data_root={root!r} and data_prefix'),
])
def test_missing_files_and_folders(tree, settings, message):
    with pytest.raises(FileNotFoundError) as error:
        build(tree, **settings)
    assert str(error.value) == 'IRSTDDataset: ' + message.format(
        root=str(tree))


def test_masks_without_images_are_no_dataset(tree):
    with pytest.raises(InputError, match=(
            'IRSTDDataset: data_prefix: expected img_path and, with masks, ')):
        build(tree, data_prefix=dict(seg_map_path='masks'))


def test_odd_mask_sizes_give_one_warning(tree):
    write_pair(tree, 'odd', (20, 16), (33, 25))
    write_pair(tree, 'turned', (20, 16), (16, 20))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        build(tree)
    messages = [str(w.message) for w in caught if 'masks' in str(w.message)]
    assert len(messages) == 1  # and none of equal sizes
    assert messages[0].startswith('2 of 5 masks are resized')
    assert (f'{tree / "masks" / "odd.png"}: image (20, 16), mask (33, 25)'
            in messages[0])
    assert 'turned.png: image (20, 16), mask (16, 20)' in messages[0]
    assert 'a.png' not in messages[0]


# Images of more than 8 bits


@pytest.fixture(params=['.png', '.tif'])
def deep(request, tmp_path):
    """Three images, of which two have 16 bits, and the suffix of all."""
    for name in 'abc':
        write_pair(tmp_path, name)
        path = tmp_path / 'images' / f'{name}.png'
        with Image.open(path) as image:
            pixels = np.array(image).astype(np.uint8 if name == 'a'
                                            else np.uint16)
        path.unlink()
        Image.fromarray(pixels).save(path.with_suffix(request.param))
    return tmp_path, dict(img_suffix=request.param, seg_map_suffix='.png')


@pytest.mark.parametrize('lazy', [False, True])
def test_deep_images_need_their_loader(deep, lazy):
    root, suffixes = deep
    path = root / 'images' / f'b{suffixes["img_suffix"]}'
    with pytest.raises(InputError) as caught:
        build(root, pipeline=LOADING, lazy_init=lazy, **suffixes).full_init()
    assert str(caught.value) == (
        f'IRSTDDataset: {path} has 16 bits, as 2 of 3 images have more than '
        '8, and LoadImageFromFile would cut them to 8 bits; load them by '
        'LoadInfraredImage (docs/guide/sensors.md)')


@pytest.mark.parametrize('first', [
    dict(type='LoadInfraredImage', mapping='none'),
    dict(type='LoadImageFromFile', _scope_='projects.dstransnet',
         mapping='none'),
    dict(type='LoadImageFromFile', color_type='unchanged'),
])
def test_loaders_that_keep_all_bits(deep, first):
    root, suffixes = deep
    dataset = build(root, pipeline=[first], **suffixes)
    with Image.open(dataset.get_data_info(1)['img_path']) as image:
        expected = np.array(image)
    assert np.array_equal(dataset[1]['img'].squeeze(), expected)
    assert len(dataset.get_subset([1, 2])) == 2
