"""Frames of paths, patterns, videos, arrays and tensors."""
import itertools

import numpy as np
import pytest
import torch
from helpers.small_config import picture, write_pictures

from projects.dstransnet.inference.sources import (
    expand_globs,
    source_frames,
)
from projects.dstransnet.utils.errors import InputError


def names(source) -> list[str]:
    return [str(frame).rpartition('/')[2] for frame in source_frames(source)]


def test_paths_folders_and_patterns(tmp_path):
    paths = write_pictures(tmp_path, 3)
    (tmp_path / 'notes.txt').touch()
    expected = ['00.png', '01.png', '02.png']
    assert names(tmp_path) == names(f'{tmp_path}/*.png') == expected
    assert names(paths[1]) == expected[1:2]
    assert names([paths[2], str(tmp_path / '0[01].png')]) == [
        '02.png', '00.png', '01.png']
    with pytest.raises(InputError, match=r'nothing matches .*\*\.tif'):
        names(f'{tmp_path}/*.tif')


def test_a_file_with_brackets_is_no_pattern(tmp_path):
    path = tmp_path / 'a[1].png'
    path.touch()
    assert expand_globs([path]) == [str(path)]


def test_arrays_and_tensors():
    grey = picture(0)
    colour = np.stack([grey, grey // 2, grey // 3], axis=2)
    for source in (torch.from_numpy(grey), torch.from_numpy(grey)[None],
                   torch.from_numpy(grey)[None, None], [grey], grey):
        (found, ) = source_frames(source)
        np.testing.assert_array_equal(found, grey)
    batch = torch.from_numpy(colour).permute(2, 0, 1).repeat(2, 1, 1, 1)
    for source in (batch, np.stack([colour, colour])):
        found = list(source_frames(source))
        assert len(found) == 2
        np.testing.assert_array_equal(found[1], colour)
    (found, ) = source_frames(torch.ones(4, 5, dtype=torch.bfloat16))
    assert found.dtype == np.float32


def test_endless_iterables_are_taken_one_at_a_time():
    taken = []
    frames = source_frames(
        taken.append(n) or picture(n) for n in itertools.count())
    next(frames), next(frames)
    assert taken == [0, 1]


@pytest.mark.parametrize('source', [
    1.5, None, torch.ones(5, 4, 4), True, b'ab', [0], [[0, 1], [2, 3]]])
def test_other_things_are_refused(source):
    with pytest.raises(InputError, match='source: expected a'):
        list(source_frames(source))


@pytest.mark.parametrize('source', [b'ab', bytearray(b'ab')])
def test_the_content_of_a_file_is_no_source(source):
    with pytest.raises(InputError, match='got byte'):
        list(source_frames(source))
