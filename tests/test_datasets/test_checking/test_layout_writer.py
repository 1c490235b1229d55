from pathlib import Path

import numpy as np
import pytest
from helpers.small_benchmark import TRAIN, Tiny, write_sample
from PIL import Image

from projects.dstransnet.datasets import IRSTDDataset
from projects.dstransnet.datasets.checking.benchmark_check import (
    check_benchmark,
)
from projects.dstransnet.datasets.checking.layout_writer import (
    new_folder,
    write_common_layout,
)
from projects.dstransnet.datasets.layouts import common_layouts, folder_layout
from projects.dstransnet.utils.errors import InputError


class Folders(IRSTDDataset):
    """One folder a split."""

    LAYOUTS = (folder_layout(), common_layouts('FOLDERS')[0])
    COUNTS = dict(train=len(TRAIN), test=2)


def pixels(dataset) -> list[tuple[bytes, bytes]]:
    """Return the bytes of image files, and the labels."""
    return [(Path(dataset.get_data_info(number)['img_path']).read_bytes(),
             dataset[number]['gt_seg_map'].tobytes())
            for number in range(len(dataset))]


def compare(kind, source: Path, layout: str, written: Path) -> None:
    loading = [dict(type='LoadImageFromFile'), dict(type='LoadIRSTDMask')]
    for split in ('train', 'test'):
        one, other = (
            kind(data_root=str(folder), layout=name, split=split,
                 pipeline=loading)
            for folder, name in ((source, layout), (written, 'toolbox')))
        assert len(one) == len(other)
        assert pixels(one) == pixels(other)


def test_written_copy_has_the_same_samples(root, tmp_path_factory):
    (root / 'images/day').mkdir()
    (root / 'masks/day').mkdir()
    (root / 'images/c.png').rename(root / 'images/day/c.png')
    (root / 'masks/c_pixels0.png').rename(root / 'masks/day/c_pixels0.png')
    (root / 'idx_427/trainval.txt').write_text('b\na\n/day/c')
    (root / 'idx_427/val.txt').unlink()
    Image.fromarray(np.eye(21, 30, dtype=np.uint8)).save(
        root / 'masks/b_pixels0.png')
    written = tmp_path_factory.mktemp('written')
    report = check_benchmark(Tiny, str(root))
    write_common_layout(report, Tiny, str(written))
    assert sorted(str(path.relative_to(written))
                  for path in written.rglob('*.*')) == sorted([
                      *(f'{folder}/{name}.png' for folder in ('images',
                                                              'masks')
                        for name in ('a', 'b', 'day/c', 's', 't')),
                      'img_idx/test_NUAA-SIRST.txt',
                      'img_idx/train_NUAA-SIRST.txt'
                  ])
    names = (written / 'img_idx/train_NUAA-SIRST.txt').read_text()
    assert names == 'b\na\nday/c\n'
    for path in written.glob('masks/**/*.png'):
        with Image.open(path) as mask:
            assert mask.mode == 'L'
            assert set(np.unique(mask)) == {0, 255}
    compare(Tiny, root, 'release', written)
    assert not check_benchmark(Tiny, str(written)).problems


def test_equal_names_of_two_folders_are_told_apart(tmp_path):
    root, written = tmp_path / 'in', tmp_path / 'out'
    for split, names, start in (('trainval', TRAIN, 0), ('test', 'ab', 3)):
        for number, name in enumerate(names, start):
            write_sample(root, f'{split}/images/{name}.png',
                         f'{split}/masks/{name}.png', number)
    report = check_benchmark(Folders, str(root))
    assert not report.problems
    assert report.notes['same name'] == ['train and test: a',
                                         'train and test: b']
    write_common_layout(report, Folders, str(written))
    assert (written / 'images/test/a.png').is_file()
    compare(Folders, root, 'folders', written)


def test_nothing_is_overwritten(root, tmp_path_factory):
    written = tmp_path_factory.mktemp('written')
    report = check_benchmark(Tiny, str(root))
    (written / 'mine.txt').write_text('mine')
    for folder in (written, written / 'mine.txt', root):
        with pytest.raises(InputError, match='^DST: '):
            write_common_layout(report, Tiny, str(folder))
    assert [path.name for path in written.iterdir()] == ['mine.txt']


def test_what_cannot_be_read_is_not_written(root, tmp_path_factory):
    (root / 'images/a.png').write_bytes(b'')
    written = tmp_path_factory.mktemp('written')
    with pytest.raises(InputError, match='not all files can be used'):
        write_common_layout(
            check_benchmark(Tiny, str(root)), Tiny, str(written))
    assert not list(written.iterdir())


def test_nothing_is_left_of_what_failed(tmp_path):
    folder = tmp_path / 'out'
    for error in (InputError, KeyboardInterrupt):
        with pytest.raises(error), new_folder(str(folder)) as inside:
            Path(inside, 'a').touch()
            raise error
        assert not list(folder.iterdir())
    with new_folder(str(folder)) as inside:
        Path(inside, 'a').touch()
        Path(inside, 'b').mkdir()
    assert sorted(path.name for path in folder.iterdir()) == ['a', 'b']
    with pytest.raises(InputError, match='out is not empty'):
        with new_folder(str(folder)):
            pass


def test_the_size_of_another_cut_is_told(root):
    """As of the paper's split under the names of the toolboxes' lists."""
    (root / 'idx_427').rename(root / 'img_idx')
    for old, new in (('trainval', 'train'), ('test', 'test')):
        (root / f'img_idx/{old}.txt').rename(
            root / f'img_idx/{new}_NUAA-SIRST.txt')
    with pytest.warns(match=(
            "train_NUAA-SIRST.txt has 3 images as another split .* layout "
            "'toolbox' usually has 213: results of the two do not compare")):
        Tiny(data_root=str(root))
