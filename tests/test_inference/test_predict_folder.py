"""Folders in, masks and tables out."""
import csv
import os
import sys
import threading

import cv2
import numpy as np
import pytest
from helpers.small_config import INFRARED, picture, predictor, write_pictures

from projects.dstransnet.inference import predict_folder
from projects.dstransnet.inference.tables import Outcome
from projects.dstransnet.inference.video import VideoFile
from projects.dstransnet.utils.errors import InputError


def table(path) -> list[dict[str, str]]:
    with open(path, newline='') as file:
        return list(csv.DictReader(file))


TABLES = ('images.csv', 'settings.json', 'targets.csv', 'targets.json',
          'targets_coco.json')


def listing(folder) -> list[str]:
    return sorted(path.relative_to(folder).as_posix()
                  for path in folder.rglob('*') if path.is_file())


@pytest.mark.parametrize('workers', [0, 3])
def test_what_is_written_is_what_streams_give(tmp_path, workers):
    paths = write_pictures(tmp_path / 'in', 5)
    paths += write_pictures(tmp_path / 'in' / 'sub', 2, width=80)
    ours = predictor(size='native', connectivity=4)
    report = predict_folder(ours, [tmp_path / 'in'], tmp_path / 'out',
                            workers=workers, save_scores=True, batch_size=2)
    names = [f'{n:02}' for n in range(5)] + ['sub/00', 'sub/01']
    assert listing(tmp_path / 'out') == sorted([
        *TABLES,
        *(f'masks/{name}.png' for name in names),
        *(f'scores/{name}.npy' for name in names)])
    images = table(tmp_path / 'out/images.csv')
    assert [row['image'] for row in images] == names
    rows = table(tmp_path / 'out/targets.csv')
    for name, each in zip(names, ours.stream(paths)):
        scores = np.load(tmp_path / 'out/scores' / f'{name}.npy')
        np.testing.assert_allclose(scores, each.scores, atol=1e-6)
        mask = cv2.imread(str(tmp_path / 'out/masks' / f'{name}.png'), -1)
        np.testing.assert_array_equal(mask, 255 * (scores > 0.5))
        assert sum(row['image'] == name for row in rows) == len(
            each.targets)
    assert (report.done, report.resumed, report.failed) == (7, 0, {})
    assert report.targets == len(rows) > 7


def test_one_bad_file_does_not_cost_the_others(tmp_path):
    paths = write_pictures(tmp_path / 'in', 5)
    paths[1].write_bytes(b'no image')
    cv2.imwrite(str(paths[3]), picture(3, dtype=np.uint16))
    seen = []
    report = predict_folder(predictor(), [tmp_path / 'in'], tmp_path / 'out',
                            batch_size=2, watch=seen.append)
    assert list(report.failed) == [str(paths[1]), str(paths[3])]
    assert report.failed[str(paths[3])].startswith('has 16 bits')
    assert report.done == 3
    assert [outcome.name for outcome in seen] == [
        '00', '01', '02', '03', '04']
    assert isinstance(seen[0], Outcome)
    problems = {row['image']: row['problem']
                for row in table(tmp_path / 'out/images.csv')}
    assert problems['00'] == '' and problems['01'].startswith('not a read')
    # What was wrong is mended, and only that is computed again.
    for number in (1, 3):
        cv2.imwrite(str(paths[number]), picture(number))
    again = predict_folder(predictor(), [tmp_path / 'in'], tmp_path / 'out',
                           existing='resume')
    assert (again.done, again.resumed, again.failed) == (2, 3, {})
    rows = table(tmp_path / 'out/targets.csv')
    assert again.targets == len(rows)
    fresh = predict_folder(predictor(), [tmp_path / 'in'], tmp_path / 'new')
    assert fresh.targets == again.targets


def test_a_result_that_cannot_be_written_is_told(tmp_path):
    write_pictures(tmp_path / 'in', 2)
    (tmp_path / 'out/masks/00.png').mkdir(parents=True)
    report = predict_folder(predictor(), [tmp_path / 'in'], tmp_path / 'out',
                            existing='overwrite')
    ((path, problem), ) = report.failed.items()
    assert path.endswith('00.png') and 'IsADirectoryError' in problem
    assert report.done == 1


def test_not_a_number_is_a_failure_of_its_image(tmp_path):
    write_pictures(tmp_path / 'in', 3)
    ours = predictor()
    scores = ours.scores

    def sometimes_nan(samples):
        found = scores(samples)
        if samples[0]['data_samples'].img_path.endswith('01.png'):
            found[0][0] = np.nan
        return found

    ours.scores = sometimes_nan
    report = predict_folder(ours, [tmp_path / 'in'], tmp_path / 'out')
    assert list(report.failed.values()) == ['the model predicts NaN']
    assert report.done == 2


def test_going_on_after_an_error_of_the_network(tmp_path):
    write_pictures(tmp_path / 'in', 6)
    ours = predictor()
    scores, calls = ours.scores, []

    def out_of_memory(samples):
        calls.append(samples)
        if len(calls) == 4:
            raise RuntimeError('out of memory')
        return scores(samples)

    ours.scores = out_of_memory
    before = threading.active_count()
    with pytest.raises(RuntimeError, match='out of memory'):
        predict_folder(ours, [tmp_path / 'in'], tmp_path / 'out', workers=1)
    assert threading.active_count() == before
    done = len(table(tmp_path / 'out/images.csv'))
    report = predict_folder(predictor(), [tmp_path / 'in'], tmp_path / 'out',
                            existing='resume')
    assert report.resumed == done and report.done == 6 - done
    assert len(table(tmp_path / 'out/images.csv')) == 6


def test_resuming_computes_what_is_gone(tmp_path):
    write_pictures(tmp_path / 'in', 3)
    run = (predictor(), [tmp_path / 'in'], tmp_path / 'out')
    first = predict_folder(*run)
    (tmp_path / 'out/masks/01.png').unlink()
    again = predict_folder(*run, existing='resume')
    assert (again.done, again.resumed) == (1, 2)
    assert again.targets == first.targets
    again = predict_folder(*run, existing='resume', save_scores=True)
    assert (again.done, again.resumed) == (3, 0)
    assert len(table(tmp_path / 'out/images.csv')) == 3
    with pytest.raises(InputError, match='threshold was 0.5, is 0.75'):
        predict_folder(predictor(threshold=0.75), *run[1:],
                       existing='resume')


def test_results_are_not_lost(tmp_path):
    write_pictures(tmp_path / 'in', 2)
    run = (predictor(), [tmp_path / 'in'], tmp_path / 'out')
    predict_folder(*run)
    with pytest.raises(InputError, match='holds predictions already'):
        predict_folder(*run)
    before = listing(tmp_path / 'out')
    for settings in (dict(batch_size=0), dict(workers=-1)):
        (name, ) = settings
        with pytest.raises(InputError, match=f'^{name}: expected'):
            predict_folder(*run, existing='overwrite', **settings)
    assert listing(tmp_path / 'out') == before
    assert predict_folder(*run, existing='resume').resumed == 2
    assert predict_folder(*run, existing='overwrite').done == 2


def test_results_of_an_earlier_run_do_not_pass_for_new_ones(tmp_path):
    write_pictures(tmp_path / 'in', 2)
    run = (predictor(), [tmp_path / 'in'], tmp_path / 'out')
    predict_folder(*run, save_scores=True)
    (tmp_path / 'in/00.png').write_bytes(b'no image any more')
    report = predict_folder(*run, existing='overwrite')
    assert (report.done, len(report.failed)) == (1, 1)
    assert listing(tmp_path / 'out') == sorted([*TABLES, 'masks/01.png'])
    # Nor do old score maps, where these are asked for later.
    report = predict_folder(*run, existing='resume', save_scores=True)
    assert (report.done, report.resumed) == (1, 0)


def test_masks_of_somebody_else_are_not_written_over(tmp_path):
    """A dataset's folder of masks has the same names."""
    write_pictures(tmp_path / 'images', 2)
    (path, ) = write_pictures(tmp_path / 'masks', 1)
    truth = path.read_bytes()
    for existing in ('refuse', 'resume'):
        with pytest.raises(InputError, match='of no earlier run'):
            predict_folder(predictor(), [tmp_path / 'images'], tmp_path,
                           existing=existing)
    assert path.read_bytes() == truth
    assert listing(tmp_path) == ['images/00.png', 'images/01.png',
                                 'masks/00.png']
    # Nor is an input, whatever is asked for.
    with pytest.raises(InputError, match='00.png is one of the inputs'):
        predict_folder(predictor(), [path], tmp_path, existing='overwrite')


@pytest.mark.parametrize('name', TABLES[1:])
def test_tables_of_somebody_else_are_not_written_over(tmp_path, name):
    write_pictures(tmp_path / 'in', 1)
    (tmp_path / name).write_text('mine')
    with pytest.raises(InputError, match=f'{name} exists, and is of no'):
        predict_folder(predictor(), [tmp_path / 'in'], tmp_path)
    assert (tmp_path / name).read_text() == 'mine'


def test_results_inside_the_input_are_no_input(tmp_path):
    write_pictures(tmp_path, 2)
    run = (predictor(), [tmp_path], tmp_path)
    assert predict_folder(*run, save_scores=True).done == 2
    assert predict_folder(*run, save_scores=True,
                          existing='overwrite').done == 2
    assert predict_folder(predictor(), [tmp_path], tmp_path / 'one',
                          existing='overwrite').done == 4


def test_results_of_other_runs_inside_the_input_are_no_input(tmp_path):
    write_pictures(tmp_path, 2)
    for out in ('one', 'two'):
        assert predict_folder(
            predictor(), [tmp_path], tmp_path / out).done == 2


def test_a_file_that_only_the_network_can_read(tmp_path):
    """It is read once more for the contrasts of its targets."""
    paths = write_pictures(tmp_path / 'in', 3)
    pixels = np.repeat(picture(1)[..., None], 3, axis=2)
    named = paths[1]
    cv2.imwrite(str(named.with_suffix('.jp2')), pixels)
    named.with_suffix('.jp2').rename(named)  # Pillow is not asked for these
    ours = predictor()
    ours.prepare._check_file = lambda path: None
    report = predict_folder(ours, [tmp_path / 'in'], tmp_path / 'out')
    assert report.done == 2 and list(report.failed) == [str(named)]
    assert not (tmp_path / 'out/masks/01.png').exists()


def test_sequences_are_folders_in_the_order_of_numbers(tmp_path, monkeypatch):
    module = sys.modules[predict_folder.__module__]
    monkeypatch.setattr(module, 'check_tracking', lambda: None)
    linked = []
    monkeypatch.setattr(module, 'link_targets',
                        lambda frames: linked.append(frames) or frames)
    for folder, numbers in dict(a=(0, 1, 2, 10), b=(9, 10)).items():
        for number, path in zip(
                numbers, write_pictures(tmp_path / folder, len(numbers))):
            path.rename(path.with_name(f'{number}.png'))
    (tmp_path / 'a/2.png').write_text('no image')
    ours = predictor()
    predict_folder(ours, [tmp_path / 'a', tmp_path / 'b'], tmp_path / 'out',
                   track=True)
    expected = [[
        [] if path == tmp_path / 'a/2.png' else
        [round(each.row, 3) for each in next(iter(ours.stream(path))).targets]
        for path in (tmp_path / folder / f'{number}.png'
                     for number in numbers)]
        for folder, numbers in dict(a=(0, 1, 2, 10), b=(9, 10)).items()]
    assert [[[round(each.row, 3) for each in frame] for frame in frames]
            for frames in linked] == expected


def test_another_folder_does_not_resume(tmp_path):
    for folder in ('a', 'b'):
        write_pictures(tmp_path / folder, 1)
    predict_folder(predictor(), [tmp_path / 'a'], tmp_path / 'out')
    before = (tmp_path / 'out/images.csv').read_bytes()
    with pytest.raises(InputError, match='00 was .*a/00.png, is .*b/00.png'):
        predict_folder(predictor(), [tmp_path / 'b'], tmp_path / 'out',
                       existing='resume')
    assert (tmp_path / 'out/images.csv').read_bytes() == before


@pytest.mark.parametrize('show', ['', 'masks', 'scores/sub', 'videos',
                                  '../link'])
def test_pictures_are_not_written_over_results(tmp_path, show):
    write_pictures(tmp_path / 'in', 1)
    (tmp_path / 'link').symlink_to(tmp_path / 'out/masks')
    with pytest.raises(InputError, match='--show-dir: expected another'):
        predict_folder(predictor(), [tmp_path / 'in'], tmp_path / 'out',
                       pictures=tmp_path / 'out' / show)
    assert not (tmp_path / 'out').exists()


def test_names_of_any_bytes(tmp_path):
    paths = write_pictures(tmp_path / 'in', 3)
    other = paths[1].rename(tmp_path / 'in' / os.fsdecode(b'01\xff.png'))
    run = (predictor(), [tmp_path / 'in'], tmp_path / 'out')
    show = tmp_path / 'show'
    assert predict_folder(*run, save_scores=True, pictures=show).done == 3
    assert (show / other.name).exists()
    assert (tmp_path / 'out/masks' / other.name).exists()
    assert predict_folder(*run, existing='resume').resumed == 3


def test_files_of_cameras(tmp_path):
    (tmp_path / 'in').mkdir()
    for seed in range(2):
        np.save(tmp_path / 'in' / f'{seed}.npy',
                picture(seed, dtype=np.uint16))
        picture(seed, dtype=np.uint16).tofile(tmp_path / 'in' / f'{seed}.raw')
    report = predict_folder(
        predictor(INFRARED), [tmp_path / 'in'], tmp_path / 'npy')
    assert (report.done, report.passed_over) == (2, 2)
    raw = dict(INFRARED, raw=dict(shape=(40, 56)))
    report = predict_folder(predictor(raw), [tmp_path / 'in'],
                            tmp_path / 'raw')
    assert (report.done, report.passed_over) == (2, 2)
    for seed in range(2):
        left, right = ((tmp_path / kind / 'masks' / f'{seed}.png')
                       .read_bytes() for kind in ('npy', 'raw'))
        assert left == right


def test_pictures_do_not_hide_the_input(tmp_path):
    write_pictures(tmp_path / 'in', 1)
    for show in (tmp_path, tmp_path / 'in'):
        with pytest.raises(InputError, match='--show-dir: .* holds no input'):
            predict_folder(predictor(), [tmp_path / 'in'], tmp_path / 'out',
                           pictures=show)
    assert predict_folder(predictor(), [tmp_path / 'in'], tmp_path / 'out',
                          pictures=tmp_path / 'in/shown').done == 1


def test_videos_of_one_name_in_two_folders(tmp_path):
    for folder in ('one', 'two'):
        (tmp_path / folder).mkdir()
        with VideoFile(tmp_path / folder / 'clip.mp4', 25) as video:
            video.add(np.zeros((64, 64, 3), np.uint8))
    alone = predict_folder(predictor(), [tmp_path / 'one/clip.mp4'],
                           tmp_path / 'alone')
    assert alone.done == 1
    assert (tmp_path / 'alone/videos/clip.mp4').is_file()
    report = predict_folder(predictor(), [str(tmp_path / '*/clip.mp4')],
                            tmp_path / 'out')
    assert (report.done, report.failed) == (2, {})
    assert [row['image'] for row in table(tmp_path / 'out/images.csv')] == [
        'one/clip_frame00000', 'two/clip_frame00000']
    assert (tmp_path / 'out/videos/two/clip.mp4').is_file()


def test_pictures_of_tracks_that_cannot_be_drawn(tmp_path, monkeypatch):
    module = sys.modules[predict_folder.__module__]
    monkeypatch.setattr(module, 'check_tracking', lambda: None)
    monkeypatch.setattr(module, 'link_targets', lambda frames: frames)
    paths = write_pictures(tmp_path / 'in', 2)

    def full(path, picture):
        if path.stem == '01':
            raise OSError(28, 'No space left on device')

    monkeypatch.setattr(module, 'write_picture', full)
    report = predict_folder(predictor(), [tmp_path / 'in'], tmp_path / 'out',
                            pictures=tmp_path / 'shown', track=True)
    assert report.done == 2
    assert report.failed == {
        str(paths[1]): 'OSError: [Errno 28] No space left on device'}
