"""Records that the tools write of a run."""
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
