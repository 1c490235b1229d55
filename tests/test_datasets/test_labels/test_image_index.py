import pytest

from projects.dstransnet.datasets.labels import ImageIndex
from projects.dstransnet.utils.errors import InputError


def test_names_and_sizes(images):
    assert images.names == ['a', 'c', 'night/b']
    assert images.size('night/b') == (30, 40)


@pytest.mark.parametrize('file', ['night/b.png', './night/b', 'night\\b.JPG'])
def test_file_names_of_labels(images, file):
    assert images.find(file, 'labels') == 'night/b'


def test_other_folders_of_labels(images):
    assert images.find('their/images/a.png', 'labels') == 'a'
    with pytest.raises(InputError, match=r'x, line 3: expected an image of .*'
                       r"\(a, c, night/b\), got 'b.png'"):
        images.find('b.png', 'x, line 3')


def test_two_images_of_labels_are_not_joined(images):
    assert images.find('train/a.png', 'labels') == 'a'
    assert images.find('train/a', 'labels') == 'a'
    with pytest.raises(InputError, match="^x, line 3: 'val/a.png' and an "
                       "image of this name in 'train' both stand for .*a.png"):
        images.find('val/a.png', 'x, line 3')


def test_other_size(images):
    images.check_size('a', ' 40', 30.0, 'labels')
    images.check_size('a', None, None, 'labels')
    with pytest.raises(InputError, match='labels: states 30 x 40 pixels, .* '
                       'has 40 x 30'):
        images.check_size('a', 30, 40, 'labels')


def test_no_images(tmp_path):
    with pytest.raises(InputError, match='expected a folder of images'):
        ImageIndex(str(tmp_path))
