import pytest

from projects.dstransnet.datasets import Files, Layout, find_layouts
from projects.dstransnet.datasets.layouts import (
    folder_layout,
    folder_tree,
    list_layout,
    named_layout,
    toolbox_layouts,
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
    return [
        layout.name
        for layout in find_layouts(str(root), layouts, split, name)
    ]


def test_files_are_there_with_both_folders_and_the_list(tmp_path):
    files = Files('img', 'gt', 'lists/x.txt')
    for path in ('img/', 'gt/', 'lists/x.txt'):
        assert not files.are_in(str(tmp_path))
        write(tmp_path, path)
    assert files.are_in(str(tmp_path))


def test_files_without_a_list_need_the_folders_alone(tmp_path):
    write(tmp_path, 'img/', 'gt/')
    assert Files('img', 'gt').are_in(str(tmp_path))


def test_folders_do_not_pass_for_lists(tmp_path):
    write(tmp_path, 'img/', 'gt/', 'x.txt/')
    assert not Files('img', 'gt', 'x.txt').are_in(str(tmp_path))


@pytest.mark.parametrize('file, suffix', [
    ('a_pixels0.png', '_pixels0.png'),
    ('a.png', '.png'),
    ('a_pixels0.txt', '.png'),
])
def test_mask_suffix_is_that_of_the_folder(tmp_path, file, suffix):
    write(tmp_path, f'masks/{file}')
    files = Files(
        'images', 'masks', mask_suffixes=('_pixels0.png', '.png'))
    assert files.mask_suffix(str(tmp_path)) == suffix


def test_only_mask_suffix_needs_no_look(tmp_path):
    files = Files('images', 'masks', mask_suffixes=('_2.png', ))
    assert files.mask_suffix(str(tmp_path)) == '_2.png'


def test_toolboxes_have_three_layouts():
    toolbox, lists, folders = toolbox_layouts('NAME', counts=dict(train=3))
    for layout, train, test in (
        (toolbox, 'img_idx/train_NAME.txt', 'img_idx/test_NAME.txt'),
        (lists, 'train_NAME.txt', 'test_NAME.txt')):
        assert layout.files('train') == Files('images', 'masks', train)
        assert layout.files('test') == Files('images', 'masks', test)
        assert layout.counts == dict(train=3)
    assert folders.files('train') == Files('trainval/images', 'trainval/masks')
    assert folders.files('test') == Files('test/images', 'test/masks')
    assert folders.counts == {}
    assert [toolbox.name, lists.name, folders.name] == [
        'toolbox', 'lists', 'folders'
    ]


def test_unknown_names_are_answered_with_the_known():
    with pytest.raises(
            InputError,
            match="layout: expected one of first, second, folders, got 'x'"):
        named_layout(LAYOUTS, 'x')
    with pytest.raises(
            InputError, match="layout 'first' has train, test, got 'val'"):
        FIRST.files('val')


def test_layout_is_found(tmp_path):
    write(tmp_path, 'img/', 'gt/', 'b.txt')
    assert names(tmp_path) == ['second']


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
{tmp_path}: no layout that is known is there with any split complete.
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
      test/images/X.png (test)
      test/masks/X.png (test)'''


def test_stated_layout_that_is_not_there(tmp_path):
    write(tmp_path, 'images/', 'masks/', 'a/train.txt')
    with pytest.raises(InputError) as error:
        names(tmp_path, 'train', 'second')
    assert str(error.value) == f'''\
{tmp_path}: split 'train' of layout 'second' is incomplete; layout='first' is there.
There is
  a/
    train.txt
  images/
    (nothing)
  masks/
    (nothing)
Expected
  img/X.png
  gt/X.png
  b.txt (train)
  c.txt (test)'''  # noqa: E501


def test_split_that_the_layout_taken_does_not_have(tmp_path):
    write(tmp_path, 'images/', 'masks/', 'a/train.txt')
    with pytest.raises(InputError, match="'first' has train, test, got 'val'"):
        names(tmp_path, 'val')


def test_tree_names_every_mask_suffix():
    files = Files('i', 'm', 'l.txt', '_1.png', ('_2.png', '.png'))
    assert Layout('x', dict(train=files)).tree().splitlines() == [
        'i/X_1.png', 'm/X_2.png or X.png', 'l.txt'
    ]


def test_long_folders_are_cut(tmp_path):
    write(tmp_path, *(f'{n:02d}.png' for n in range(20)),
          *(f'f{n:02d}/' for n in range(9)), 'f00/deep/deeper/')
    lines = folder_tree(str(tmp_path)).splitlines()
    assert lines[:3] == ['f00/', '  deep/', 'f01/']
    assert lines[-8:] == [
        '... and 3 more folders', *(f'{n:02d}.png' for n in range(6)),
        '... and 14 more files'
    ]
    assert '    deeper/' in folder_tree(str(tmp_path), 3).splitlines()
