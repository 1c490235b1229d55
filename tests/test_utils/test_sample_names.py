import os

import pytest
from mmengine.dataset import BaseDataset, ConcatDataset, RepeatDataset

from projects.dstransnet.utils.errors import InputError
from projects.dstransnet.utils.sample_names import (
    UniqueNames,
    image_paths,
    sample_name,
)


@pytest.mark.parametrize('path, root, name', [
    ('/data/images/a.png', None, 'a'),
    ('/data/images/a.b.png', None, 'a.b'),
    ('/data/images/day/a.png', '/data/images', 'day/a'),
    ('/data/images/day/a.png', '/data/images/', 'day/a'),
    ('/data/images/day.1/a', '/data/images', 'day.1/a'),
    ('/data/images/a.png', '/', 'data/images/a'),
    # Outside of the root, though the text begins alike.
    ('/data/images2/day/a.png', '/data/images', 'a'),
    ('/elsewhere/a.png', '/data/images', 'a'),
    # '..' is resolved before anything is compared.
    ('/data/images/../other/a.png', '/data/images', 'a'),
    ('/data/images/day/../a.png', '/data/images', 'a'),
    ('/data/images/../images/day/a.png', '/data/images', 'day/a'),
    ('../../a.png', '.', 'a'),
    ('../data/day/a.png', '../data', 'day/a'),
    ('synthetic://seed=3/images/000012.png', None, '000012'),
    ('synthetic://seed=3/images/000012.png', 'synthetic://seed=3', None),
    ('synthetic://seed=3/images/000012.png', 'synthetic://',
     'seed=3/images/000012'),
    ('synthetic://../../a.png', 'synthetic://', 'a'),
    ('s3://bucket/day/a.png', 's3://bucket', 'day/a'),
    ('s3://bucket/day/a.png', 'gs://bucket', 'a'),
    ('s3://bucket/day/a.png', '/bucket', 'a'),
    ('/bucket/day/a.png', 's3://bucket', 'a'),
])
def test_names(path, root, name):
    assert sample_name(path, root) == (name or 'images/000012')


def test_relative_paths_and_absolute_roots_meet(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert sample_name('images/day/a.png', str(tmp_path)) == 'images/day/a'
    assert sample_name(str(tmp_path / 'day/a.png'), '.') == 'day/a'


@pytest.mark.parametrize('root', [None, '/', '..', 's3://'])
@pytest.mark.parametrize('path', ['/a/../../../b.png', '../../../b.png',
                                  '....//b.png', 's3://../../b.png',
                                  '//../b.png', '/a/..b.png', '/.png'])
def test_names_never_leave_the_folder(path, root):
    name = sample_name(path, root)
    written = os.path.normpath(os.path.join('/out', f'{name}.png'))
    assert written.startswith('/out/') and len(written) > len('/out/.png')
    assert not name.startswith('/') and '..' not in name.split('/')


@pytest.mark.parametrize('path', ['/', 's3://', 's3://a/..', '/a/..'])
def test_a_path_without_a_file_is_refused(path):
    with pytest.raises(InputError, match='expected the path of an image'):
        sample_name(path)


@pytest.mark.parametrize('paths, root, distinct', [
    (['/data/day/a.png', '/data/night/a.png'], '/data', ['day/a', 'night/a']),
    ([f'synthetic://seed={seed}/images/000000.png' for seed in (3, 4)],
     'synthetic://', ['seed=3/images/000000', 'seed=4/images/000000'])])
def test_two_images_of_one_name_are_refused(paths, root, distinct):
    names = UniqueNames()
    name = names(paths[0])
    with pytest.raises(InputError) as error:
        names(paths[1])
    assert str(error.value) == (
        f'{paths[0]} and {paths[1]} would both be written as {name!r}; set '
        f'image_root to {root!r}, which holds both')
    assert list(map(UniqueNames(root), paths)) == distinct


@pytest.mark.parametrize('first, second', [('/data/a.png', '/data/a.bmp'),
                                           ('/data/a.png', 's3://data/a.png')])
def test_what_no_root_can_tell_apart_is_to_be_renamed(first, second):
    names = UniqueNames()
    names(first)
    with pytest.raises(InputError, match='rename one of them') as error:
        names(second)
    assert first in str(error.value) and second in str(error.value)


def test_one_image_may_come_again():
    names = UniqueNames()
    assert {names('/data/a.png') for _ in range(3)} == {'a'}
    assert names('/data/../data/a.png') == 'a'


# Data sets


@pytest.fixture
def part():
    """Make a data set of some images."""

    def make(*paths: str) -> BaseDataset:
        dataset = BaseDataset(lazy_init=True)
        dataset.load_data_list = lambda: [
            dict(img_path=path, other=1) for path in paths]
        return dataset

    return make


def test_paths_of_a_data_set(part):
    paths = ['/data/b.png', '/data/a.png', '/data/b.png']
    assert image_paths(part(*paths)) == paths  # in its order, not sorted
    assert image_paths(ConcatDataset(
        [part('/day/a.png'), part('/night/a.png', '/night/b.png')])) == [
            '/day/a.png', '/night/a.png', '/night/b.png']
    assert image_paths(RepeatDataset(part('/day/a.png'), 2)) == 2 * [
        '/day/a.png']
