import hashlib

import pytest

from projects.dstransnet.utils.errors import InputError
from projects.dstransnet.utils.reading import (
    file_digest,
    finite_number,
    read_json,
    read_text,
    walk_folder,
)


def test_text_without_its_byte_order_mark(tmp_path):
    path = tmp_path / 'a.txt'
    path.write_bytes(b'\xef\xbb\xbfa\r\nb')
    assert read_text(path) == 'a\r\nb'


def test_digest_of_a_file_of_several_blocks(tmp_path):
    content = b'ab' * 1_500_000
    (tmp_path / 'a').write_bytes(content)
    assert file_digest(tmp_path / 'a') == hashlib.sha256(content).hexdigest()


def test_unreadable_files_are_named(tmp_path):
    with pytest.raises(InputError, match='no.txt: no such file'):
        read_text(tmp_path / 'no.txt')
    path = tmp_path / 'a.json'
    path.write_bytes(b'\xff\xfe')
    with pytest.raises(InputError, match='a.json: not a readable file'):
        read_text(path)
    path.write_text(' \n')
    assert read_text(path) == ' \n'
    with pytest.raises(InputError, match='a.json: expected labels, got an '):
        read_json(path, 'labels')
    path.write_text('{"a": 1,\n"b" 2}')
    with pytest.raises(InputError, match='a.json: not valid JSON .*line 2'):
        read_json(path, 'labels')


def test_numbers():
    assert finite_number(' 1e2 ', 'x') == 100
    assert finite_number(3, 'x', text=False) == 3
    for value in ('', 'nan', 'inf', '1_0', True, None, 10**400):
        with pytest.raises(InputError, match='a, line 2: x: expected a finit'):
            finite_number(value, 'a, line 2: x')
    with pytest.raises(InputError):
        finite_number('3', 'x', text=False)


def test_folders_are_walked_along_links_but_not_in_circles(
        tmp_path, tmp_path_factory):
    for path in ('a/x.png', 'b/y.png', '.hidden/z.png'):
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).touch()
    (tmp_path / 'a/self').symlink_to(tmp_path / 'a')
    (tmp_path / 'a/other').symlink_to(tmp_path / 'b')
    (tmp_path / 'b/back').symlink_to(tmp_path / 'a')
    (tmp_path / 'b/gone.png').symlink_to(tmp_path / 'nowhere')
    (tmp_path / 'b/loop.png').symlink_to('loop.png')
    (tmp_path / 'c').mkdir()
    (tmp_path / 'c/links').symlink_to(tmp_path_factory.mktemp('outside'))

    def walked(**options):
        return [(place.removeprefix(str(tmp_path)), files)
                for place, files in walk_folder(tmp_path, **options)]

    inside = [('', []), ('/a', ['x.png']),
              ('/b', ['gone.png', 'loop.png', 'y.png']), ('/c', [])]
    assert walked() == [*inside, ('/c/links', [])]
    assert walked(leave_out=lambda place, files: place.endswith('/c')
                  ) == inside[:3]
    with pytest.raises(InputError, match='cannot read the folder .*none: No '):
        list(walk_folder(tmp_path / 'none'))
