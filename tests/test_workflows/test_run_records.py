"""What the tools leave of a run, and say of other data."""
import shutil

import cv2
import pytest
from helpers.forked_ranks import on_ranks
from helpers.tiny_project import call_tool
from helpers.tiny_runner import build_tiny

from projects.dstransnet.checkpoint.reading import read_checkpoint
from projects.dstransnet.engine.provenance import read_runs


def test_training_leaves_a_record_in_folder_and_checkpoint(tiny):
    record = read_runs(tiny.work_dir / 'run_record.json')
    (run, ) = record['runs']
    assert (run['seed'], run['launcher'], run['last_iteration']) == (
        0, 'none', 6)
    assert run['command'][0].endswith('train.py')
    assert run['config']['model']['backbone']['base_channels'] == 2
    meta = read_checkpoint(str(tiny.checkpoint), 'cpu')['meta']['run_record']
    assert meta['data_sets'] == record['data_sets']
    assert meta['data'] == run['data']
    sources = {
        split: [record['data_sets'][digest]['source'] for digest in digests]
        for split, digests in run['data'].items()
    }
    assert sources == dict(
        train=['idx_427/trainval.txt'], val=['idx_427/test.txt'],
        test=['idx_427/test.txt'])


def test_published_weights_keep_what_names_no_path(tiny, tmp_path):
    path = tmp_path / 'weights.safetensors'
    result = call_tool('model_converters/publish_weights.py', tiny.checkpoint,
                       path)
    assert result.returncode == 0, result.stderr
    trained = read_checkpoint(str(tiny.checkpoint), 'cpu')['meta']
    record = read_checkpoint(str(path), 'cpu')['meta']['run_record']
    assert record['data_sets'] == trained['run_record']['data_sets']
    assert str(tiny.folder) not in str(record)


def warnings_of(tiny, folder, data_root) -> list[str]:
    runner = build_tiny(
        tiny, folder, hooks=[dict(type='RunRecordHook')], **{
            'load_from': str(tiny.checkpoint),
            'test_dataloader.dataset.data_root': str(data_root)
        })
    runner.test()
    (hook, ) = [hook for hook in runner.hooks if hasattr(hook, 'warnings')]
    return hook.warnings


@pytest.fixture
def copied(tiny, tmp_path):
    return shutil.copytree(tiny.folder / 'SIRST', tmp_path / 'copied')


def test_the_same_data_elsewhere_give_no_warning(tiny, tmp_path, copied):
    assert on_ranks(1, warnings_of, tiny, tmp_path, copied) == [[]]


def test_other_test_data_give_warnings(tiny, tmp_path, copied):
    images = copied / 'images'
    shutil.copy(images / 'Misc_2.png', images / 'Misc_7.png')
    mask = copied / 'masks' / 'Misc_8_pixels0.png'
    pixels = cv2.imread(str(mask), cv2.IMREAD_UNCHANGED)
    pixels[0, 0] = 255
    cv2.imwrite(str(mask), pixels)
    (lines, ) = on_ranks(1, warnings_of, tiny, tmp_path, copied)
    title = 'SIRSTDataset (idx_427/test.txt)'
    assert lines == [
        f'{title} is not as it was in training: of 3 samples, 1 with another '
        'image (Misc_7), 1 with another mask (Misc_8)',
        f'{title}: 1 of 3 test images are among the training images '
        '(Misc_7 = Misc_2)'
    ]
