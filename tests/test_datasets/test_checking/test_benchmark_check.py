"""Downloads that are fine, and downloads with one thing wrong each."""
import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers.small_benchmark import Tiny
from PIL import Image

from projects.dstransnet.datasets import (
    BENCHMARK_DATASETS,
)
from projects.dstransnet.datasets.checking.benchmark_check import (
    check_benchmark,
)
from projects.dstransnet.utils.errors import InputError


def found(root: Path, kind=Tiny, **kwargs) -> tuple[dict, dict]:
    """Return problems and notes."""
    report = check_benchmark(kind, str(root), **kwargs)
    return report.problems, report.notes


def test_nothing_wrong(root):
    report = check_benchmark(Tiny, str(root))
    assert not report.problems
    assert not report.notes
    assert report.usable
    assert report.layout == 'release'
    assert {split: len(samples) for split, samples in report.samples.items()
            } == dict(train=3, test=2, subtrain=2, val=1)
    # The first image has one target, the others have two.
    assert report.targets('train') == 5
    assert report.targets('test') == 4


def test_missing_empty_and_damaged_files(root):
    (root / 'images/a.png').unlink()
    (root / 'images/b.png').write_bytes(b'')
    (root / 'masks/c_pixels0.png').write_bytes(b'hello')
    path = root / 'images/s.png'
    path.write_bytes(path.read_bytes()[:-40])
    problems, _ = found(root)
    assert sorted(problems) == ['images', 'masks']
    missing, empty, cut = problems['images']
    assert missing == 'images/a.png: missing'
    assert empty == 'images/b.png: empty (0 bytes)'
    assert cut.startswith('images/s.png: truncated')
    assert problems['masks'][0].startswith('masks/c_pixels0.png: not a read')
    assert not check_benchmark(Tiny, str(root)).usable


def test_mask_values(root):
    grey = np.zeros((22, 30), np.uint8)
    grey[3, 4:7] = 0, 80, 255
    Image.fromarray(grey).save(root / 'masks/c_pixels0.png')
    Image.fromarray(np.eye(20, 30, dtype=np.uint8)).save(
        root / 'masks/a_pixels0.png')
    Image.fromarray(np.eye(21, 30) > 0).save(root / 'masks/b_pixels0.png')
    Image.new('L', (30, 24)).save(root / 'masks/t_pixels0.png')
    report = check_benchmark(Tiny, str(root))
    assert dict(report.problems) == {
        'mask values': ['masks/c_pixels0.png: expected only the values 0 and '
                        '255, or 0 and 1, got 0, 80, 255']
    }
    assert 'mask values: 2 of 0 and 1; 1 of 0 and 255; 1 of 0 alone' in str(
        report)
    assert 'masks: 4 of PNG L, 8 bit; 1 of PNG 1, 1 bit' in str(report)


def test_mask_of_another_size_is_no_mistake(root):
    Image.fromarray(np.eye(40, 60) > 0).save(root / 'masks/b_pixels0.png')
    problems, notes = found(root)
    assert not problems
    assert dict(notes) == dict(resized=[
        'masks/b_pixels0.png: image 30 x 21, mask 60 x 40 (width x height)'
    ])


def test_counts(root):
    (root / 'idx_427/test.txt').write_text('s')
    problems, notes = found(root)
    assert dict(problems) == dict(counts=['test: 1 images, published are 2'])
    assert notes['unused'] == ['images/t.png', 'masks/t_pixels0.png']


def test_cut_of_another_layout_in_the_toolboxes_tree(root):
    (root / 'idx_427').rename(root / 'img_idx')
    for old, new in (('trainval', 'train'), ('test', 'test')):
        (root / f'img_idx/{old}.txt').rename(
            root / f'img_idx/{new}_NUAA-SIRST.txt')
    report = check_benchmark(Tiny, str(root))
    assert report.layout == 'toolbox'
    assert not report.problems
    assert report.published == dict(train=3, test=2)


def test_same_images_in_training_and_test(root):
    (root / 'idx_427/test.txt').write_text('s\na')
    problems, _ = found(root)
    assert problems['shared'] == ['train and test: a']
    assert 'same content' not in problems


def test_same_content_in_training_and_test(root):
    """Told by the pixels: the file is written in another mode."""
    with Image.open(root / 'images/b.png') as image:
        image.convert('RGB').save(root / 'images/s.png')
        image.save(root / 'images/c.png')
    for name in 'sc':
        shutil.copy(root / 'masks/b_pixels0.png',
                    root / f'masks/{name}_pixels0.png')
    problems, notes = found(root)
    assert problems['same content'] == ['train b, c; test s',
                                        'subtrain b; val c']
    assert 'shared' not in problems
    assert notes['repeated'] == ['train b, c']


def test_lists(root):
    (root / 'idx_427/trainval.txt').write_text('a\nb\na\nc')
    problems, _ = found(root)
    assert list(problems) == ['lists']
    assert '1 names come more than once' in problems['lists'][0]
    (root / 'idx_427/trainval.txt').write_text('a\n../b\nc')
    problems, _ = found(root)
    assert problems['lists'] == ['train: ../b is outside of the folder']


def test_split_that_is_not_there(root):
    (root / 'idx_427/test.txt').unlink()
    (root / 'idx_427/val.txt').unlink()
    report = check_benchmark(Tiny, str(root))
    assert report.problems['layout'] == ['test: no idx_427/test.txt']
    assert report.notes['missing splits'] == ['val: no idx_427/val.txt']
    assert not report.usable


def test_folder_around_the_download(root, tmp_path_factory):
    outer = tmp_path_factory.mktemp('outer')
    shutil.copytree(root, outer / 'deep/SIRST')
    report = check_benchmark(Tiny, str(outer))
    (problem, ) = report.problems['layout']
    assert 'no known layout' in problem
    assert problem.endswith(f'It is in {outer}/deep/SIRST: state that folder.')
    assert 'no layout found' in str(report)


def test_stated_layout(root):
    report = check_benchmark(Tiny, str(root), 'toolbox')
    assert "layout='release' is there" in report.problems['layout'][0]
    with pytest.raises(InputError, match='layout: expected one of release'):
        check_benchmark(Tiny, str(root), 'other')


def test_published_size(root):
    class Sized(Tiny):
        IMAGE_SIZE = (20, 30)

    problems, _ = found(root, Sized)
    assert len(problems['sizes']) == 4
    assert problems['sizes'][0] == ('images/b.png: 30 x 21, published is '
                                    '30 x 20 (width x height)')


def test_release_on_disk(sirst):
    report = check_benchmark(BENCHMARK_DATASETS['SIRST'], str(sirst))
    assert not report.problems
    assert list(report.notes) == ['resized']
    assert [report.targets(split) for split in ('train', 'test')] == [424, 109]
    text = str(report)
    assert ('images: 268 of PNG L, 8 bit; 122 of PNG RGB, 8 bit; '
            '37 of PNG P, 8 bit') in text
    assert 'Misc_111_pixels0.png: image 325 x 220, mask 592 x 400' in text
