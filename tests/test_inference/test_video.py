"""Videos that are read and written."""
import pytest
from helpers.small_config import write_video

from projects.dstransnet.inference.video import (
    read_video,
    video_rate,
)
from projects.dstransnet.utils.errors import InputError


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / 'v.mp4'
    write_video(path)
    frames = list(read_video(path))
    assert [str(frame) for frame in frames] == [
        f'{path}, frame {number}' for number in range(4)]
    for number, frame in enumerate(frames):
        assert frame.pixels.shape == (32, 48, 3)
        assert abs(frame.pixels.mean() - 40 * number) < 4
    assert video_rate(path) == (10, 4)


def test_odd_sides_are_cut(tmp_path):
    write_video(tmp_path / 'v.mp4', height=33, width=49)
    assert next(read_video(tmp_path / 'v.mp4')).pixels.shape == (32, 48, 3)


def test_other_files_are_named(tmp_path, capfd):
    path = tmp_path / 'broken.mp4'
    path.write_bytes(b'no video')
    with pytest.raises(InputError, match='broken.mp4: not a readable video'):
        next(read_video(path))
    with pytest.raises(InputError, match='v.mp4: cannot be written'):
        write_video(tmp_path / 'no' / 'v.mp4')
