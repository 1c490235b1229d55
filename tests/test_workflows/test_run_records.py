"""Records that the tools write of a run."""
import shutil

import torch
from helpers.tiny_project import call_tool

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


def test_published_weights_have_the_log_of_their_training(tiny, tmp_path):
    path, log = tmp_path / 'own.safetensors', tmp_path / 'own.safetensors.csv'
    tool = 'model_converters/publish_weights.py'
    result = call_tool(tool, tiny.checkpoint, path)
    assert f'{log}: ' in result.stdout
    header, first, *_ = log.read_text().splitlines()
    assert header.startswith('epoch,lr,loss,')
    assert 'IoU' in header.split(',')
    assert float(first.split(',')[2]) > 0
    # A log that ends before the checkpoint is that of another run.
    later = tmp_path / 'later/epoch_9.pth'
    shutil.copytree(tiny.checkpoint.parent, later.parent)
    checkpoint = torch.load(tiny.checkpoint, weights_only=False)
    checkpoint['meta']['epoch'] = 9
    torch.save(checkpoint, later)
    result = call_tool(tool, later, path)
    assert 'epoch_9.pth is of epoch 9, the last' in result.stdout
    assert not log.exists()
    # Apart from its work folder a checkpoint has no log, and that of the
    # weights before does not stay beside the new ones.
    log.write_text('')
    moved = tmp_path / 'moved.pth'
    moved.write_bytes(tiny.checkpoint.read_bytes())
    result = call_tool(tool, moved, path)
    assert result.returncode == 0 and 'no log: ' in result.stdout
    assert not log.exists()
