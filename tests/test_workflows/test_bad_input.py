"""Damaged and odd files of a dataset, through the tools."""
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from helpers.tiny_project import ROOT, call_tool, run
from PIL import Image

LIST = 'idx_427/test.txt'
# Draws nothing, which takes longer than everything else.
QUICK = '''
vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(vis_backends=vis_backends)
custom_hooks = [dict(type='FiniteLossHook'), dict(type='MemoryHook')]
'''
# Reads all bits, as for files of cameras.
INFRARED = '''
test_pipeline = [
    dict(type='LoadInfraredImage', mapping='minmax', channels=3),
    dict(type='PillowResize', scale=(32, 32)),
    dict(type='EvaluateAtInputSize'),
    dict(type='LoadIRSTDMask'),
    dict(type='PackSegInputs'),
]
'''
# Runs a tool and prints the state of its process, with the peak memory.
WITH_PEAK = '''
import runpy
import sys
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name='__main__')
except SystemExit as end:
    assert not end.code, end.code
with open('/proc/self/status') as file:
    print(file.read())
'''


@pytest.fixture
def damaged(project, tmp_path) -> Callable:
    """Function that copies dataset and config, for a test to damage."""

    def copy(infrared: bool = False, name: str = 'copy') -> SimpleNamespace:
        folder = tmp_path / name
        data = folder / 'SIRST'
        shutil.copytree(project.data, data)
        config = folder / 'config.py'
        config.write_text(
            f'_base_ = {str(project.config)!r}\n{QUICK}'
            + INFRARED * infrared + ''.join(
                f'{split}_dataloader = dict(dataset=dict('
                f'data_root={str(data)!r}'
                + ', pipeline=test_pipeline' * (infrared and split == 'test')
                + '))\n' for split in ('train', 'val', 'test')))
        return SimpleNamespace(
            folder=folder, data=data, config=config,
            checkpoint=project.checkpoint, work_dir=folder / 'work')

    return copy


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Spare what takes longer than the tools' own work.

    mmengine formats its config, asks compilers for their versions, and waits
    for two seconds after each pass through the data.
    """
    monkeypatch.setattr('yapf.yapflib.yapf_api.FormatCode',
                        lambda text, **style: (text, True))
    monkeypatch.setattr('mmengine.runner.runner.collect_env', dict)
    monkeypatch.setattr('mmengine.runner.loops.time.sleep', lambda _: None)


def image(data: Path, number: int = 6) -> Path:
    return data / f'images/Misc_{number}.png'


def mask(data: Path, number: int = 6) -> Path:
    return data / f'masks/Misc_{number}_pixels0.png'


def write(path: Path, values: object, kind: str = 'PNG') -> None:
    """Write an image under whatever name."""
    Image.fromarray(np.asarray(values)).save(path, format=kind)


def grey(path: Path, shape: tuple = (30, 30), value: int = 0) -> None:
    write(path, np.full(shape, value, np.uint8))


def damage(path: Path) -> None:
    """Invert bytes in the middle of a file, where its pixels are."""
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle:middle + 40] = bytes(
        255 - byte for byte in data[middle:middle + 40])
    path.write_bytes(data)


def run_test(project, *more: object):
    return call_tool('test.py', project.config, project.checkpoint,
                     '--work-dir', project.work_dir, *more)


def peak_of_test(project) -> int:
    """Return the peak memory of the test in a process of its own, in bytes.

    In this process, memory that earlier tests left would be used again, and
    ``ru_maxrss`` of a child begins at the peak of its parent.
    """
    result = run(sys.executable, '-c', WITH_PEAK, ROOT / 'tools/test.py',
                 project.config, project.checkpoint, '--work-dir',
                 project.work_dir, cwd=project.folder)
    assert result.returncode == 0, result.stderr
    return int(re.search(r'VmHWM:\s+(\d+) kB', result.stdout)[1]) * 1024


def run_train(project):
    return call_tool('train.py', project.config, '--work-dir',
                     project.work_dir, '--cfg-options',
                     'train_cfg.max_epochs=1', 'train_cfg.val_interval=9',
                     'default_hooks.checkpoint.save_best=None')


def metric(result, name: str) -> float:
    """Return a metric of the table that a tool printed."""
    assert result.returncode == 0, result.stderr
    found = re.search(rf'\| {name} +\| +(\S+)', result.stdout)
    return float(found[1])


def error_lines(result) -> str:
    """Return the error that a tool printed, of one or several lines."""
    assert result.returncode == 2, result.stderr
    assert 'Traceback' not in result.stderr
    return result.stderr.split('error: ')[1]


def test_missing_empty_truncated_and_wrong_format(damaged):
    """All of them are in one error, before anything is run."""
    project = damaged()
    image(project.data, 6).unlink()
    image(project.data, 7).write_bytes(b'')
    for path in (image(project.data, 8), mask(project.data, 7)):
        path.write_bytes(path.read_bytes()[:-30])
    mask(project.data, 6).write_bytes(b'no image')
    expected = [
        f'{image(project.data, 6)}: missing',
        f'{image(project.data, 7)}: empty (0 bytes)',
        f'{image(project.data, 8)}: truncated (no end-of-file chunk)',
        f'{mask(project.data, 6)}: not a readable image',
        f'{mask(project.data, 7)}: truncated (no end-of-file chunk)',
    ]
    message = error_lines(run_test(project))
    assert '5 files of' in message
    for line in expected:
        assert line in message
    # Training validates on them, and says so before its first step.
    assert expected[0] in error_lines(run_train(project))


def objects(path: Path) -> None:
    with path.open('wb') as file:
        np.save(file, np.array([[None]]))


# Whether the loader is LoadInfraredImage, the file, its change, the error.
ROWS = {
    'damaged image': (False, image, damage,
                      'not a readable image for LoadImageFromFile'),
    'tiff with nan': (True, image, lambda path: write(
        path, np.float32([[1, np.nan]]), 'TIFF'), 'pixels are NaN, infinite'),
    'npy of objects': (True, image, objects, 'object'),
    'damaged mask': (False, mask, damage, 'not a readable mask'),
    'other values': (False, mask, lambda path: write(
        path, np.uint8([[0, 80], [160, 255]])),
        'expected only the values 0 and 255, or 0 and 1, got 0, 80, 160, '
        '255; set the threshold'),
    'different channels': (False, mask, lambda path: write(
        path, np.arange(12, dtype=np.uint8).reshape(2, 2, 3)),
        'expected a mask of one channel'),
    'zero byte in a list': (False, lambda data: data / LIST,
                            lambda path: path.write_text('a\0b'),
                            ': missing'),
}


@pytest.mark.parametrize(('infrared', 'file', 'change', 'expected'),
                         ROWS.values(), ids=ROWS)
def test_one_file_stops_the_test_and_is_named(infrared, file, change,
                                              expected, damaged):
    project = damaged(infrared)
    change(file(project.data))
    message = error_lines(run_test(project))
    assert str(file(project.data)) in message and expected in message


def test_black_one_pixel_and_one_line_are_evaluated(damaged):
    project = damaged(infrared=True)
    grey(image(project.data, 6))
    for file in (image, mask):
        grey(file(project.data, 7), (1, 1))
        grey(file(project.data, 8), (1, 3000))
    assert 0 <= metric(run_test(project), 'IoU') <= 100


def test_odd_images_and_empty_masks_are_trained_on(damaged):
    project = damaged()
    grey(image(project.data, 0))
    grey(image(project.data, 1), (1, 1))
    grey(image(project.data, 2), (1, 3000))
    for number, shape in enumerate(((30, 30), (1, 1), (1, 3000))):
        grey(mask(project.data, number), shape)
    result = run_train(project)  # FiniteLossHook looks at its losses
    assert result.returncode == 0, result.stderr
    assert (project.work_dir / 'epoch_1.pth').is_file()


@pytest.mark.slow
@pytest.mark.skipif(not Path('/proc/self/status').exists(),
                    reason='the system does not tell the peak memory')
@pytest.mark.parametrize('infrared', [False, True])
def test_huge_images_take_bounded_memory(infrared, damaged):
    """10,000 x 10,000 pixels, resized by the pipeline."""
    project = damaged(infrared)
    (project.data / LIST).write_text('Misc_6')
    before = peak_of_test(project)
    for path in (image(project.data), mask(project.data)):
        grey(path, (10_000, 10_000))
    # The pixels of the file alone are 0.1 or 0.4 GiB.
    assert 0.1 * 2**30 < peak_of_test(project) - before < 3 * 2**30


def test_spaces_and_unicode_in_every_path(damaged):
    project = damaged(name='ein Ördner 図')
    names = ['Bild mit Leerzeichen', '図 1', 'ü&%#[1]$']
    for number, name in zip((6, 7, 8), names):
        image(project.data, number).rename(
            project.data / f'images/{name}.png')
        mask(project.data, number).rename(
            project.data / f'masks/{name}_pixels0.png')
    (project.data / LIST).write_text('\n'.join(names), encoding='utf-8')
    checkpoint = project.folder / 'gewichte für 図.pth'
    shutil.copy(project.checkpoint, checkpoint)
    project.checkpoint = checkpoint
    out, pictures = project.folder / 'aus gabe ß', project.folder / '図 b'
    result = run_test(project, '--out', out, '--save-scores', '--show-dir',
                      pictures)
    assert metric(result, 'IoU') >= 0
    for name in names:
        assert (out / f'masks/{name}.png').is_file()
        assert (out / f'scores/{name}.npy').is_file()
        assert (pictures / f'masks/{name}.png').is_file()
    again = call_tool('analysis_tools/evaluate_folder.py', out / 'scores',
                      '--config', project.config)
    assert metric(again, 'IoU') == metric(result, 'IoU')


def test_the_same_name_in_two_folders(damaged):
    """The second does not overwrite what is written of the first."""
    project = damaged()
    for folder in ('a', 'b'):
        for file in (image(project.data), mask(project.data)):
            (file.parent / folder).mkdir()
            shutil.copy(file, file.parent / folder)
    (project.data / LIST).write_text('a/Misc_6\nb/Misc_6\n')
    message = error_lines(run_test(project, '--out', project.folder / 'out'))
    assert '--image-root' in message or 'image_root' in message
