import os

import pytest

from projects.dstransnet.datasets import Files, find_layouts
from projects.dstransnet.datasets.layouts import (
    common_layouts,
    folder_layout,
    folder_tree,
    list_layout,
    named_layout,
)
from projects.dstransnet.utils.errors import InputError

FIRST = list_layout('first', dict(train='a/train.txt', test='a/test.txt'))
SECOND = list_layout('second', dict(train='b.txt', test='c.txt'), 'img', 'gt')
LAYOUTS = (FIRST, SECOND, folder_layout())


def write(root, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        if path.endswith('/'):
            (root / path).mkdir(exist_ok=True)
        else:
            (root / path).touch()


def names(root, split='train', name=None, layouts=LAYOUTS) -> list[str]:
    return [layout.name
            for layout in find_layouts(str(root), layouts, split, name)]


def test_files_are_found_with_both_folders_and_the_list(tmp_path):
    files = Files('img', 'gt', ('lists/x.txt', ))
    for path in ('img/', 'gt/', 'lists/', 'lists/x.txt/'):
        assert files.found_in(str(tmp_path)) is None
        write(tmp_path, path)
    assert files.found_in(str(tmp_path)) is None  # the list is a folder
    assert Files('img', 'gt').found_in(str(tmp_path)) == Files('img', 'gt')
    (tmp_path / 'lists/x.txt').rmdir()
    write(tmp_path, 'lists/x.txt')
    assert files.found_in(str(tmp_path)) == files


def test_first_list_that_is_there(tmp_path):
    write(tmp_path, 'img/', 'gt/', 'y.txt', '80_20/x.txt', '[a]/x.txt')
    for lists, found in ((('x.txt', 'y.txt'), 'y.txt'),
                         (('[0-9]*_[0-9]*/x.txt', 'y.txt'), '80_20/x.txt')):
        files = Files('img', 'gt', lists).found_in(str(tmp_path))
        assert files.ann_file == found


def test_fallback_of_a_folder(tmp_path):
    write(tmp_path, 'train/images/', 'train/masks/', 'test/images/',
          'test/masks/')
    found = folder_layout().found_in(str(tmp_path))
    assert found == dict(train=Files('train/images', 'train/masks'),
                         test=Files('test/images', 'test/masks'))


def test_layout_of_the_same_files_comes_once(tmp_path):
    write(tmp_path, 'images/', 'masks/', '50_50/train.txt', '50_50/test.txt')
    layouts = (list_layout('half', dict(train='50_50/train.txt',
                                        test='50_50/test.txt')),
               *common_layouts('NAME'))
    assert names(tmp_path, layouts=layouts) == ['half']
    assert names(tmp_path, 'train', 'ratio', layouts) == ['ratio']


def test_unknown_names_are_answered_with_the_known(tmp_path):
    with pytest.raises(InputError, match=(
            "layout: expected one of first, second, folders, got 'x'")):
        named_layout(LAYOUTS, 'x')
    write(tmp_path, 'images/', 'masks/', 'a/train.txt')
    with pytest.raises(InputError, match="'first' has train, test, got 'val'"):
        names(tmp_path, 'val')


def test_first_of_several_is_taken_whatever_the_split(tmp_path):
    """Training and test are never of two layouts."""
    write(tmp_path, 'images/', 'masks/', 'a/train.txt', 'a/test.txt', 'img/',
          'gt/', 'b.txt', 'c.txt')
    for split in ('train', 'test'):
        assert names(tmp_path, split) == ['first', 'second']
        assert names(tmp_path, split, 'second') == ['second', 'first']
    (tmp_path / 'a/test.txt').unlink()
    assert names(tmp_path, 'train') == ['first', 'second']
    with pytest.raises(InputError) as error:
        names(tmp_path, 'test')
    assert str(error.value).startswith(
        f"{tmp_path}: split 'test' of layout 'first' is incomplete; "
        "layout='second' is there.\n")
    assert names(tmp_path, 'test', 'second') == ['second', 'first']


def test_what_is_there_and_what_is_expected_are_shown(tmp_path):
    write(tmp_path, 'images/x.png', 'test/images/y.png', 'readme.txt')
    with pytest.raises(InputError) as error:
        names(tmp_path)
    assert str(error.value) == f'''\
{tmp_path}: no known layout is there with any split complete.
There is
  images/
    x.png
  test/
    images/
  readme.txt
Expected
  one of
    layout='first'
      images/X.png
      masks/X.png
      a/train.txt (train)
      a/test.txt (test)
    layout='second'
      img/X.png
      gt/X.png
      b.txt (train)
      c.txt (test)
    layout='folders'
      trainval/images/X.png (train)
      trainval/masks/X.png (train)
      or train/images and train/masks (train)
      test/images/X.png (test)
      test/masks/X.png (test)'''


def test_long_folders_are_cut(tmp_path):
    write(tmp_path, *(f'{n:02d}.png' for n in range(20)),
          *(f'f{n:02d}/' for n in range(9)), 'f00/deep/deeper/')
    lines = folder_tree(str(tmp_path)).splitlines()
    assert lines[:3] == ['f00/', '  deep/', 'f01/']
    assert lines[-8:] == ['... and 3 more folders',
                          *(f'{n:02d}.png' for n in range(6)),
                          '... and 14 more files']
    assert '    deeper/' in folder_tree(str(tmp_path), 3).splitlines()


def test_folders_that_cannot_be_read_are_said_to_be(tmp_path, monkeypatch):
    write(tmp_path, 'lost+found/', 'images/x.png')
    scan = os.scandir

    def refuse(path):
        if str(path).endswith('lost+found'):
            raise PermissionError(13, 'Permission denied', path)
        return scan(path)

    monkeypatch.setattr(os, 'scandir', refuse)
    with pytest.raises(InputError, match=(
            r'no known layout .*\n(.*\n)+  lost\+found/\n    \(not readable')):
        names(tmp_path)
