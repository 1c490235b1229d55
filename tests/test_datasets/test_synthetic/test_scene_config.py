import pytest

from projects.dstransnet.datasets import SceneConfig
from projects.dstransnet.utils.errors import InputError


@pytest.mark.parametrize('setting, value, expected', [
    ('size', 64, r'integer within \[96, 4096\], got 64'),
    ('size', 128.5, 'integer'), ('size', (128, 128), 'integer'),
    ('targets', (1, 5), r'4 at most in an image of 128 pixels, got \(1, 5\)'),
    ('targets', 3, 'two integers'), ('area', (1, 80), r'.* within \[2, 400\]'),
    ('area', (9, 4), 'two integers, the smaller first'),
    ('scr', (0, 8), r'two numbers, .* within \[0.1, 100\], got \(0, 8\)'),
    ('scr', ('1.5', '8'), 'two numbers'), ('noise', (1, 2, 3), 'two numbers'),
    ('noise', (float('nan'), 2), 'two numbers'),
    ('clutter', -1, 'number within'), ('visibility', True, 'number within'),
    ('hot_pixels', (-1, 4), r'two integers, .*0, 1000\], got \(-1, 4\)')])
def test_wrong_settings_are_named(setting, value, expected):
    with pytest.raises(InputError, match=f'{setting}: expected {expected}'):
        SceneConfig(**{'size': 128, setting: value})


def test_settings_of_a_config_file_are_taken():
    assert SceneConfig(scr=[2, 8], clutter=1) == SceneConfig(scr=(2.0, 8.0))
    assert hash(SceneConfig(area=[2, 9])) == hash(SceneConfig(area=(2, 9)))
