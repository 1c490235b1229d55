"""Rows of the table of bad input: image files."""
import numpy as np
import pytest
import torch
from helpers.tables import (
    TEST,
    assert_trains,
    damage,
    error_lines,
    floats,
    grey,
    image,
    load,
    mask,
    metric,
    npy,
    run_test,
    run_train,
    tiff,
    truncate,
)
from helpers.tiny_project import call_tool

from projects.dstransnet.engine.hooks import memory_hook
from projects.dstransnet.profiling import peak_above


def test_missing_empty_truncated_and_wrong_format(damaged):
    """All of them are in one error, before anything is run."""
    project = damaged()
    image(project.data, 6).unlink()
    image(project.data, 7).write_bytes(b'')
    truncate(image(project.data, 8))
    mask(project.data, 6).write_bytes(b'no image')
    truncate(mask(project.data, 7))
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


def test_the_check_of_a_download_lists_them(damaged):
    project = damaged()
    image(project.data, 6).unlink()
    image(project.data, 7).write_bytes(b'')
    damage(image(project.data, 8))
    damage(mask(project.data, 7))
    result = call_tool('dataset_converters/prepare.py', 'SIRST', project.data)
    assert result.returncode == 1 and not result.stderr
    for name in ('Misc_6.png', 'Misc_7.png', 'Misc_8.png',
                 'Misc_7_pixels0.png'):
        assert name in result.stdout


# Label: whether the loader is LoadInfraredImage, the change, the error.
ROWS = {
    'damaged inside': (False, lambda data: damage(image(data)),
                       'not a readable image for LoadImageFromFile'),
    'npy for the 8-bit loader': (False, lambda data: npy(
        image(data), floats(0)), 'LoadInfraredImage'),
    'tiff with nan': (True, lambda data: tiff(image(data), floats(np.nan)),
                      '1 of 400 pixels are NaN, infinite'),
    'npy of objects': (True, lambda data: npy(
        image(data), np.array([[None]])), 'objects|object'),
}


@pytest.mark.parametrize(('infrared', 'change', 'expected'), ROWS.values(),
                         ids=ROWS)
def test_one_file_stops_the_test_and_is_named(infrared, change, expected,
                                              damaged):
    project = damaged(infrared)
    change(project.data)
    message = error_lines(run_test(project))
    assert str(image(project.data)) in message
    assert any(text in message for text in expected.split('|'))


def test_black_one_pixel_and_one_line_are_evaluated(damaged):
    project = damaged(infrared=True)
    grey(image(project.data, 6))
    grey(image(project.data, 7), (1, 1))
    grey(mask(project.data, 7), (1, 1))
    grey(image(project.data, 8), (1, 3000))
    grey(mask(project.data, 8), (1, 3000))
    assert 0 <= metric(run_test(project), 'IoU') <= 100


def test_odd_images_are_trained_on(damaged):
    project = damaged()
    grey(image(project.data, 0))
    grey(image(project.data, 1), (1, 1))
    grey(mask(project.data, 1), (1, 1), 255)
    grey(image(project.data, 2), (1, 3000))
    grey(mask(project.data, 2), (1, 3000))
    samples = load(project, 'train')
    assert len(samples) == 6
    assert all(sample['inputs'].shape == (3, 32, 32) for sample in samples)
    assert_trains(project)


FULL_SIZE = '''
test_pipeline = [
    dict(type='LoadImageFromFile'), dict(type='LoadIRSTDMask'),
    dict(type='PackSegInputs')]
test_dataloader = dict(dataset=dict(
    data_root=part['dataset']['data_root'], pipeline=test_pipeline))
'''


def test_what_is_too_large_names_the_way_out(damaged, monkeypatch):
    """Its size stands for 10,000 x 10,000 on a machine of much less."""
    project = damaged()
    project.config.write_text(project.config.read_text() + FULL_SIZE)
    for number in TEST:
        grey(image(project.data, number), (992, 1008))
        grey(mask(project.data, number), (992, 1008))
    monkeypatch.setattr(memory_hook, 'available_memory', lambda: 10**6)
    message = error_lines(run_test(project))
    assert '1 of 3 x 992 x 1008' in message
    assert 'tools/test.py --tile SIZE' in message
    # Of the way out, tiles count, and of 10**6 bytes 100 x 100 pixels fit.
    tiles = '--tile-overlap', 0, '--tile'
    message = error_lines(run_test(project, *tiles, 256))
    assert '1 tile(s) of 256 x 256 at a time' in message
    assert '--tile-batch' in message and 'cut them' not in message
    (project.data / 'idx_427/test.txt').write_text('Misc_6')
    grey(image(project.data), (240, 240))
    grey(mask(project.data), (240, 240))
    assert run_test(project).returncode == 2
    assert run_test(project, *tiles, 96).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize('infrared', [False, True])
def test_huge_images_take_bounded_memory(infrared, damaged):
    """10,000 x 10,000 pixels, resized by the pipeline."""
    project = damaged(infrared)
    for path in (image(project.data), mask(project.data)):
        grey(path, (10_000, 10_000))
    (project.data / 'idx_427/test.txt').write_text('Misc_6')
    results = []
    used = peak_above(lambda: results.append(run_test(project)),
                      torch.device('cpu'))
    assert results[0].returncode == 0, results[0].stderr
    if 'VmHWM' not in used.method:
        pytest.skip('the peak of the whole process is all that is known here')
    # The pixels of the file alone are 0.1 or 0.4 GiB.
    assert 0.1 * 2**30 < used.size < 3 * 2**30
