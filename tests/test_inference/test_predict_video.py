"""Videos in folders of results."""
import csv
import json
import os
import sys

import cv2
import numpy as np
import pytest
from helpers.small_config import predictor, write_pictures, write_video

from projects.dstransnet.inference import predict_folder
from projects.dstransnet.inference.video import read_video
from projects.dstransnet.utils.errors import InputError


def rows_of(path) -> list[dict[str, str]]:
    with open(path, newline='') as file:
        return list(csv.DictReader(file))


def test_a_video_and_images_by_a_pattern(tmp_path):
    write_pictures(tmp_path / 'in', 2)
    write_video(tmp_path / 'night.mp4', count=3)
    out, show = tmp_path / 'out', tmp_path / 'show'
    counts = []
    report = predict_folder(
        predictor(threshold=0.6), [f'{tmp_path}/in/*.png',
                                   tmp_path / 'night.mp4'],
        out, pictures=show, begin=counts.append)
    assert counts == [5] and report.done == 5 and not report.failed
    names = [row['image'] for row in rows_of(out / 'images.csv')]
    assert names == ['00', '01', 'night_frame00000', 'night_frame00001',
                     'night_frame00002']
    assert sorted(path.name for path in show.iterdir()) == [
        '00.png', '01.png']
    drawn = list(read_video(out / 'videos/night.mp4'))
    assert len(drawn) == 3 and drawn[0].pixels.shape == (512, 768, 3)
    # Tables and JSON tell the same.
    data = json.loads((out / 'targets.json').read_text())
    assert [image['image'] for image in data] == names
    table = rows_of(out / 'targets.csv')
    assert sum(len(image['targets']) for image in data) == len(table) > 0
    first = next(image['targets'][0] for image in data if image['targets'])
    assert [str(first[name]) for name in ('score', 'x1', 'row', 'scr')] == [
        table[0][name] for name in ('score', 'x1', 'row', 'scr')]
    coco = json.loads((out / 'targets_coco.json').read_text())
    assert len(coco['annotations']) == len(table)
    assert {each['image_id'] for each in coco['annotations']} <= {
        image['id'] for image in coco['images']}


def test_an_interrupt_keeps_what_is_done(tmp_path):
    write_video(tmp_path / 'night.mp4', count=5)

    def interrupt(outcome):
        if outcome.name.endswith('2'):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predict_folder(predictor(), [tmp_path / 'night.mp4'],
                       tmp_path / 'out', watch=interrupt)
    assert len(json.loads(
        (tmp_path / 'out/targets.json').read_text())) == 3
    assert len(list(read_video(tmp_path / 'out/videos/night.mp4'))) >= 3
    report = predict_folder(predictor(), [tmp_path / 'night.mp4'],
                            tmp_path / 'out', existing='resume')
    assert report.done == 5
    assert len(rows_of(tmp_path / 'out/images.csv')) == 5


def test_broken_videos_do_not_cost_the_others(tmp_path, monkeypatch, capfd):
    broken, short, nan = (tmp_path / f'{name}.mp4'
                          for name in ('broken', 'short', 'nan'))
    broken.write_bytes(b'no video')
    write_video(short, count=3)
    write_video(nan, count=3)
    monkeypatch.setattr(  # a file that was cut off
        sys.modules[predict_folder.__module__.replace('folder', 'video')],
        'video_rate', lambda path: (10, 3 + 3 * (path == str(short))))
    ours = predictor()
    scores, calls = ours.scores, []

    def nan_once(samples):
        calls.append(samples)
        found = scores(samples)
        if len(calls) == 5:
            found[0][0] = np.nan
        return found

    ours.scores = nan_once
    report = predict_folder(ours, [broken, short, nan], tmp_path / 'out',
                            workers=0)
    assert report.done == 5 and report.failed == {
        str(broken): 'not a readable video',
        str(short): 'ends after 3 of 6 frames',
        f'{nan}, frame 1': 'the model predicts NaN'}
    data = json.loads((tmp_path / 'out/targets.json').read_text())
    assert [image['image'] for image in data] == [
        *(f'short_frame0000{number}' for number in range(3)),
        'nan_frame00000', 'nan_frame00002']
    assert len(list(read_video(tmp_path / 'out/videos/nan.mp4'))) == 2
    with pytest.raises(InputError, match='input: no file .*gone.mp4'):
        predict_folder(ours, [tmp_path / 'gone.mp4'], tmp_path / 'out')


@pytest.mark.parametrize('track', [False, True])
def test_a_video_of_an_earlier_run_does_not_pass_for_this_one(
        tmp_path, track, monkeypatch):
    module = sys.modules[predict_folder.__module__]
    monkeypatch.setattr(module, 'check_tracking', lambda: None)
    monkeypatch.setattr(module, 'link_targets', lambda frames: frames)
    path = tmp_path / 'v.mp4'
    write_video(path, count=1)
    run = (predictor(), [path], tmp_path / 'out')
    assert predict_folder(*run).done == 1
    path.write_bytes(b'no video')
    assert list(predict_folder(*run, existing='overwrite',
                               track=track).failed) == [str(path)]
    assert not (tmp_path / 'out/videos/v.mp4').exists()


def test_two_videos_of_one_name(tmp_path):
    for suffix in ('mp4', 'avi'):
        (tmp_path / f'v.{suffix}').touch()
    with pytest.raises(InputError, match="written as 'v'; rename one of them"):
        predict_folder(predictor(), [f'{tmp_path}/v.*'], tmp_path / 'out')


def test_an_image_named_like_a_frame(tmp_path):
    pictures = write_pictures(tmp_path / 'in', 2)
    pictures[0].rename(tmp_path / 'in/night_frame00000.png')
    write_video(tmp_path / 'in/night.mp4', count=1)
    with pytest.raises(InputError, match=(
            r"night_frame00000.png and a frame of .*night.mp4 would both be "
            r"written as 'night_frame00000'")):
        predict_folder(predictor(), [tmp_path / 'in',
                                     tmp_path / 'in/night.mp4'],
                       tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


def test_videos_have_no_scores_and_pictures_of_their_own(tmp_path):
    write_video(tmp_path / 'night.mp4', count=1)
    for settings in (dict(save_scores=True), dict(pictures=tmp_path / 'show')):
        with pytest.warns(UserWarning, match='--show-dir.* images alone'):
            predict_folder(predictor(), [tmp_path / 'night.mp4'],
                           tmp_path / 'out', existing='overwrite', **settings)


def test_names_of_any_bytes(tmp_path):
    """OpenCV would end the process."""
    write_pictures(tmp_path / 'in', 1)
    video = str(tmp_path / os.fsdecode(b'b\xff.mp4'))
    write_video(tmp_path / 'b.mp4', count=1)
    (tmp_path / 'b.mp4').rename(video)
    report = predict_folder(predictor(), [tmp_path / 'in', video],
                            tmp_path / 'out')
    assert report.done == 1 and list(report.failed) == [video]
    with pytest.raises(InputError, match='expected a path in UTF-8'):
        write_video(video)


def test_tracks_in_tables_and_pictures(tmp_path):
    pytest.importorskip('laptrack', reason='needs the extra [track]')
    write_video(tmp_path / 'night.mp4', count=4)
    write_pictures(tmp_path / 'in', 1)
    predict_folder(predictor(threshold=0.6),
                   [tmp_path / 'in', tmp_path / 'night.mp4'],
                   tmp_path / 'out', pictures=tmp_path / 'show', track=True)
    rows = rows_of(tmp_path / 'out/targets.csv')
    assert rows and all(row['track'] for row in rows)
    assert {row['persistent'] for row in rows} <= {'True', 'False'}
    assert len(list(read_video(tmp_path / 'out/videos/night.mp4'))) == 4
    assert (tmp_path / 'show/00.png').is_file()


def test_tracks_in_the_size_of_the_network(tmp_path, monkeypatch):
    module = sys.modules[predict_folder.__module__]
    monkeypatch.setattr(module, 'check_tracking', lambda: None)
    monkeypatch.setattr(module, 'link_targets', lambda frames: frames)
    write_video(tmp_path / 'night.mp4', count=1)
    write_pictures(tmp_path / 'in', 1)
    pictures = []
    for track in (False, True):
        out = tmp_path / f'out{track}'
        predict_folder(
            predictor(size=(64, 64), output_size='network'),
            [tmp_path / 'in', tmp_path / 'night.mp4'], out,
            pictures=out / 'show', track=track)
        (frame, ) = read_video(out / 'videos/night.mp4')
        pictures.append((cv2.imread(out / 'show/00.png'), frame.pixels))
    for plain, tracked in zip(*pictures):
        assert plain.shape == tracked.shape == (768, 768, 3)


def test_a_video_is_never_written_over_itself(tmp_path):
    (tmp_path / 'videos').mkdir()
    video = tmp_path / 'videos/night.mp4'
    write_video(video, count=1)
    content = video.read_bytes()
    with pytest.raises(InputError, match='night.mp4 is one of the inputs'):
        predict_folder(predictor(), [video], tmp_path, existing='overwrite')
    assert video.read_bytes() == content
