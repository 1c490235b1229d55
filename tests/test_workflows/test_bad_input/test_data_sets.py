"""Rows of the table of bad input: lists, names, folders."""
import shutil

import mmcv
import numpy as np
import pytest
from helpers.tables import error_lines, image, load, mask, metric, run_test
from helpers.tiny_project import call_tool

LIST = 'idx_427/test.txt'
NAMES = ['Bild mit Leerzeichen', '図 1', 'ü&%#[1]$']


def test_spaces_and_unicode_in_every_path(damaged):
    project = damaged(name='ein Ördner 図')
    for number, name in zip((6, 7, 8), NAMES):
        image(project.data, number).rename(
            project.data / f'images/{name}.png')
        mask(project.data, number).rename(
            project.data / f'masks/{name}_pixels0.png')
    (project.data / LIST).write_text('\n'.join(NAMES), encoding='utf-8')
    checkpoint = project.folder / 'gewichte für 図.pth'
    shutil.copy(project.checkpoint, checkpoint)
    project.checkpoint = checkpoint
    out, pictures = project.folder / 'aus gabe ß', project.folder / '図 b'
    result = run_test(project, '--out', out, '--save-scores', '--show-dir',
                      pictures)
    assert metric(result, 'IoU') >= 0
    for name in NAMES:
        assert (out / f'masks/{name}.png').is_file()
        assert (out / f'scores/{name}.npy').is_file()
        assert (pictures / f'masks/{name}.png').is_file()
    again = call_tool('analysis_tools/evaluate_folder.py', out / 'scores',
                      '--config', project.config)
    assert metric(again, 'IoU') == metric(result, 'IoU')


LISTS = {
    'no name': ('\n \n', 'names no image'),
    'a name twice': ('Misc_6\nMisc_7\nMisc_6\n',
                     '1 names come more than once'),
    'a name of no file': ('Misc_6\nnone\n', 'images/none.png: missing'),
    'a name too long for a file': ('a' * 5000, ': missing'),
    'a zero byte in a name': ('a\0b', ': missing'),
    'a path for a name': ('../../etc/passwd', ': missing'),
}


@pytest.mark.parametrize(('text', 'expected'), LISTS.values(), ids=LISTS)
def test_lists_that_cannot_be_used(text, expected, damaged):
    project = damaged()
    (project.data / LIST).write_text(text)
    message = error_lines(run_test(project))
    assert str(project.data / LIST) in message and expected in message


def test_a_list_that_is_no_text(damaged):
    project = damaged()
    (project.data / LIST).write_bytes(b'\xff\xfe\x00a')
    message = error_lines(run_test(project))
    assert f'{project.data / LIST}: expected text in UTF-8' in message


def test_a_folder_without_images(tmp_path):
    (tmp_path / 'images').mkdir()
    config = tmp_path / 'config.py'
    config.write_text(f"""
custom_imports = dict(imports=['projects.dstransnet'])
train_dataloader = test_dataloader = dict(dataset=dict(
    type='IRSTDDataset', data_root={str(tmp_path)!r}, pipeline=[],
    data_prefix=dict(img_path='images', seg_map_path='masks')))
""")
    result = call_tool('analysis_tools/dataset_stats.py', config)
    assert f'{tmp_path}/images names no image' in error_lines(result)


def test_no_data_set_at_all(damaged):
    project = damaged()
    shutil.rmtree(project.data)
    assert f'no folder {project.data}; check data_root' in error_lines(
        run_test(project))


def test_the_same_name_in_two_folders(damaged):
    """The second does not overwrite what is written of the first."""
    project = damaged()
    for folder in ('a', 'b'):
        for kind, name in (('images', 'Misc_6.png'),
                           ('masks', 'Misc_6_pixels0.png')):
            (project.data / kind / folder).mkdir()
            shutil.copy(project.data / kind / name,
                        project.data / kind / folder)
    (project.data / LIST).write_text('a/Misc_6\nb/Misc_6\n')
    out = project.folder / 'out'
    message = error_lines(run_test(project, '--out', out))
    assert '--image-root' in message or 'image_root' in message


def test_one_training_image_fills_no_batch_of_two(damaged):
    """Fewer images than a batch has are drawn again."""
    project = damaged()
    (project.data / 'idx_427/trainval.txt').write_text('Misc_1')
    assert len(load(project, 'train')) == 1


def test_predictions_of_two_files_for_one_image(damaged, tmp_path):
    project = damaged()
    folder = tmp_path / 'maps'
    for number in (6, 7, 8):
        picture = mmcv.imread(str(mask(project.data, number)), 'grayscale')
        mmcv.imwrite(picture, str(folder / f'Misc_{number}.png'))
    np.save(folder / 'Misc_8.npy', picture / 255)
    message = error_lines(call_tool(
        'analysis_tools/evaluate_folder.py', folder, '--config',
        project.config, '--size', 'file'))
    assert 'Misc_8.png' in message and 'Misc_8.npy' in message
