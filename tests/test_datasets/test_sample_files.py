import pytest

from projects.dstransnet.datasets.sample_files import SampleFiles, read_names
from projects.dstransnet.utils.errors import InputError


def write(root, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()


def test_suffixes_of_any_kind_and_case(tmp_path):
    files = ['a.png', 'b.PNG', 'c.bmp', 'd.BMP', 'e.jpg', 'f.TIFF', 'g.npy']
    write(tmp_path, *files, 'notes.txt', 'h.csv')
    found = SampleFiles(str(tmp_path))
    assert found.names() == list('abcdefg')
    assert [found.path(name) for name in found.names()] == [
        f'{tmp_path}/{file}' for file in files]


def test_subfolders(tmp_path):
    write(tmp_path, 'day/a.bmp', 'night/sky/a.PNG', 'b.png')
    found = SampleFiles(str(tmp_path))
    assert found.names() == ['b', 'day/a', 'night/sky/a']
    assert found.path('night/sky/a') == f'{tmp_path}/night/sky/a.PNG'


def test_hidden_files_are_ignored(tmp_path):
    write(tmp_path, 'a.png', '._a.png', '._b.png', '.cache/c.png')
    found = SampleFiles(str(tmp_path))
    assert found.names() == ['a']
    assert found.path('a') == f'{tmp_path}/a.png'


def test_two_files_of_one_name(tmp_path):
    write(tmp_path, 'a.png', 'a.BMP', 'b.png')
    found = SampleFiles(str(tmp_path))
    assert found.path('b').endswith('b.png')
    with pytest.raises(InputError, match=(
            'expected one file of the name a, got a.BMP, a.png; remove one')):
        found.path('a')
    assert SampleFiles(str(tmp_path), suffix='.bmp').path('a').endswith(
        'a.BMP')


def test_stated_suffix(tmp_path):
    write(tmp_path, 'a_gt.png', 'b_GT.PNG', 'a.png', 'c_gt.bmp')
    found = SampleFiles(str(tmp_path), suffix='_gt.png')
    assert found.names() == ['a', 'b']
    assert found.path('b') == f'{tmp_path}/b_GT.PNG'
    assert found.path('c') == f'{tmp_path}/c_gt.png'  # reported as missing


def test_first_ending_that_is_there(tmp_path):
    write(tmp_path, 'a_pixels0.png', 'b.bmp', 'c.png', 'c_pixels0.png')
    found = SampleFiles(str(tmp_path), ('_pixels0', ''))
    assert [found.path(name) for name in 'abcd'] == [
        f'{tmp_path}/{file}'
        for file in ('a_pixels0.png', 'b.bmp', 'c_pixels0.png', 'd.png')]
    assert SampleFiles(str(tmp_path), ('_pixels0', )).names() == ['a', 'c']


@pytest.mark.parametrize('text, names', [
    ('a\nb\n', ['a', 'b']),
    ('/a.png\r\n\r\n b.BMP \nday/c.jpg', ['a', 'b', 'day/c']),
    ('\ufefffirst\n', ['first']),
    ('Frame.0001\nv1.5', ['Frame.0001', 'v1.5'])])
def test_lists(tmp_path, text, names):
    path = tmp_path / 'list.txt'
    path.write_bytes(text.encode())
    assert read_names(str(path)) == names


def test_list_with_a_suffix_of_its_own(tmp_path):
    path = tmp_path / 'list.txt'
    path.write_text('a.raw\nb.RAW\nc')
    assert read_names(str(path), '.raw') == ['a', 'b', 'c']


def test_names_that_come_twice(tmp_path):
    path = tmp_path / 'list.txt'
    path.write_text('a\nb\n/a\na.png\nb.png\nc')
    with pytest.raises(InputError, match='2 names come more than once'):
        read_names(str(path))


def test_a_link_to_the_folder_itself_adds_nothing(tmp_path):
    write(tmp_path, 'images/a.png')
    (tmp_path / 'images/images').symlink_to(tmp_path / 'images')
    assert SampleFiles(f'{tmp_path}/images').names() == ['a']
    assert SampleFiles(f'{tmp_path}/none').names() == []
