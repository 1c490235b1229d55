"""tools/model_converters/publish_weights.py on checkpoints of odd content."""
import errno
import os

import pytest
import torch
from helpers.tiny_project import error_of, run_tool

from projects.dstransnet.checkpoint.reading import read_checkpoint

TOOL = 'model_converters/publish_weights.py'


def publish(folder, **checkpoint):
    torch.save(checkpoint, folder / 'a.pth')
    return run_tool(TOOL, 'a.pth', 'b.safetensors', cwd=folder)


@pytest.mark.parametrize(('value', 'reason'), [
    (70000., 'it holds 70000, the limit is 65504'),
    (float('inf'), 'it holds inf, the limit is 65504'),
    (float('nan'), 'it holds NaN')])
def test_values_beyond_float16_are_named(value, reason, tmp_path):
    result = publish(tmp_path, state_dict={
        'weight': torch.ones(2), 'bn.running_var': torch.tensor([1, value])})
    assert error_of(result) == (
        'cannot write b.safetensors: bn.running_var does not fit float16: '
        f'{reason}')
    assert [path.name for path in tmp_path.iterdir()] == ['a.pth']


def test_no_tensors_are_refused(tmp_path):
    assert error_of(publish(tmp_path, state_dict={})) == (
        'a.pth: no tensors in its state_dict')


def test_tensors_that_share_memory_are_one_line(tmp_path):
    weight = torch.ones(2).half()
    result = publish(tmp_path, state_dict=dict(a=weight, b=weight))
    assert error_of(result).startswith('cannot write b.safetensors: Some')


def test_an_epoch_that_is_no_number_is_unknown(tmp_path):
    log = tmp_path / '20260101_000000/vis_data/scalars.json'
    log.parent.mkdir(parents=True)
    log.write_text('{"lr": 1, "loss": 1, "iter": 1, "epoch": 1, "step": 1}\n')
    result = publish(tmp_path, state_dict=dict(weight=torch.ones(2)),
                     meta=dict(epoch=torch.tensor(1), iter=7))
    assert 'no log: a.pth does not tell its epoch' in result.stdout
    meta = read_checkpoint(str(tmp_path / 'b.safetensors'))['meta']
    assert (meta['epoch'], meta['iter']) == (None, 7)


def test_weights_are_not_published_onto_themselves(tmp_path):
    assert publish(
        tmp_path, state_dict=dict(weight=torch.ones(2))).returncode == 0
    (tmp_path / 'b.safetensors.csv').write_text('epoch,loss\n1,2\n')
    result = run_tool(TOOL, tmp_path / 'b.safetensors', 'b.safetensors',
                      cwd=tmp_path)
    assert error_of(result) == 'dst: b.safetensors is the same file as src'
    assert (tmp_path / 'b.safetensors.csv').exists()


def test_a_folder_is_no_file_to_write(tmp_path):
    (tmp_path / 'b.safetensors').mkdir()
    result = publish(tmp_path, state_dict=dict(weight=torch.ones(2)))
    assert error_of(result) == 'b.safetensors: Is a directory'


def test_a_read_only_folder_is_one_line(tmp_path, monkeypatch):
    opened = os.open

    def refuse(path, flags, *mode, **options):
        if flags & os.O_CREAT and '.partial' in str(path):
            raise PermissionError(errno.EACCES, 'Permission denied', path)
        return opened(path, flags, *mode, **options)

    monkeypatch.setattr(os, 'open', refuse)
    result = publish(tmp_path, state_dict=dict(weight=torch.ones(2)))
    assert error_of(result) == 'b.safetensors: Permission denied'


def test_others_may_read_published_weights(tmp_path):
    publish(tmp_path, state_dict=dict(weight=torch.ones(2)))
    modes = {(tmp_path / name).stat().st_mode
             for name in ('b.safetensors', 'b.safetensors.sha256')}
    assert len(modes) == 1
