"""Which files are images, and their names."""
import os
import re
from pathlib import Path

import pytest
from PIL import Image

from projects.dstransnet.inference.files import Frame, find_images
from projects.dstransnet.utils.errors import InputError


@pytest.fixture
def folder(tmp_path) -> Path:
    for name in ('a.png', 'day/a.tif', 'day/b.NPY', 'night/c.raw', 'notes.txt',
                 'odd.image'):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_a_folder_with_folders(folder):
    found = find_images([folder])
    assert found.images == {
        'a': (str(folder / 'a.png'), None),
        'day/a': (str(folder / 'day/a.tif'), None),
        'day/b': (str(folder / 'day/b.NPY'), None),
    }
    assert found.passed_over == 3
    assert find_images([folder], raw=True).images == {
        'night/c': (str(folder / 'night/c.raw'), None)}


def test_files_are_taken_as_they_are(folder, monkeypatch):
    assert list(find_images([folder / 'odd.image']).images) == ['odd']
    monkeypatch.chdir(folder)
    assert find_images(['a.png']).images == {'a': ('a.png', None)}


def test_several_inputs_share_a_root(folder):
    found = find_images([folder / 'day', folder / 'night/c.raw'])
    assert list(found.images) == ['day/a', 'day/b', 'night/c']
    # Twice the same image, by two ways.
    found = find_images([folder / 'a.png', folder,
                         folder / 'day' / '..' / 'a.png'])
    assert list(found.images) == ['a', 'day/a', 'day/b']


def test_a_root_of_ones_own(folder):
    assert list(find_images([folder / 'day'], image_root=str(folder)).images
                ) == ['day/a', 'day/b']


def test_two_images_of_one_name(folder):
    (folder / 'day/a.png').touch()
    with pytest.raises(InputError, match=re.escape(
            f"{folder / 'day/a.png'} and {folder / 'day/a.tif'} would both be "
            "written as 'day/a'")):
        find_images([folder])
    with pytest.raises(InputError, match="would both be written as 'a'"):
        find_images([folder / 'a.png', folder / 'day/a.tif'],
                    image_root='/nowhere')


def test_results_are_no_images(folder):
    (folder / 'masks').mkdir()
    (folder / 'masks/a.png').touch()
    assert 'masks/a' in find_images([folder]).images
    found = find_images([folder], leave_out=[folder / 'masks'])
    assert 'masks/a' not in found.images and found.passed_over == 3


def test_links_to_folders_are_followed_once(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp('other')
    (other / 'sub').mkdir()
    (other / 'sub/c.png').touch()
    (other / 'back').symlink_to(folder)
    (folder / 'also').symlink_to(other)
    (folder / 'again').symlink_to(folder / 'day')
    (folder / 'loop').symlink_to('loop')
    assert list(find_images([folder]).images) == [
        'a', 'also/sub/c', 'day/a', 'day/b']


def test_a_folder_that_cannot_be_read(folder, monkeypatch):
    scan = os.scandir

    def refuse(path):
        if str(path).endswith('day'):
            raise PermissionError(13, 'Permission denied', str(path))
        return scan(path)

    monkeypatch.setattr(os, 'scandir', refuse)
    for given in (folder, folder / 'day'):
        with pytest.raises(InputError, match=(
                'cannot read the folder .*day: Permission denied')):
            find_images([given])


def test_nothing_there(folder):
    with pytest.raises(InputError, match='input: no file or folder .*none'):
        find_images([folder / 'none'])
    with pytest.raises(InputError, match='expected an image .* got 1 other'):
        find_images([folder / 'night'])


def write_pages(path: Path, count: int) -> Path:
    pages = [Image.new('L', (8, 6), 10 * page) for page in range(count)]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    return path


def test_every_page_is_a_frame_in_order(tmp_path):
    path = write_pages(tmp_path / 'many.TIF', 11)
    write_pages(tmp_path / 'moving.gif', 2)
    found = find_images([tmp_path]).images
    assert list(found) == [
        *(f'many_page{page:02d}' for page in range(11)), 'moving_page0',
        'moving_page1']
    assert found['many_page03'] == Frame(str(path), 3)
    assert str(found['many_page03']) == f'{path}, page 3'
    assert list(find_images([path], every_page=False).images) == ['many']


def test_a_page_and_a_file_of_one_name(tmp_path):
    write_pages(tmp_path / 'a.tif', 2)
    Image.new('L', (8, 6)).save(tmp_path / 'a_page1.png')
    with pytest.raises(InputError, match=(
            "a.tif, page 1 and .*a_page1.png would both be written as "
            "'a_page1'")):
        find_images([tmp_path])


def test_suffixes_in_any_case_without_the_companions_of_macos(tmp_path):
    for name in ('a.PNG', 'b.Bmp', 'c.JPG', '._a.PNG', '.DS_Store'):
        (tmp_path / name).touch()
    found = find_images([tmp_path])
    assert list(found.images) == ['a', 'b', 'c'] and found.passed_over == 2


def test_links_to_nowhere_are_images_that_fail(folder):
    (folder / 'gone.png').symlink_to(folder / 'nowhere.png')
    assert 'gone' in find_images([folder]).images
