"""Rows of the table of bad input: lists, names, folders."""
import shutil

import pytest
from helpers.tables import error_lines, image, mask, metric, run_test
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
    'a name twice': ('Misc_6\nMisc_7\nMisc_6\n',
                     '1 names come more than once'),
    'a zero byte in a name': ('a\0b', ': missing'),
}


@pytest.mark.parametrize(('text', 'expected'), LISTS.values(), ids=LISTS)
def test_lists_that_cannot_be_used(text, expected, damaged):
    project = damaged()
    (project.data / LIST).write_text(text)
    message = error_lines(run_test(project))
    assert str(project.data / LIST) in message and expected in message


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
