"""tools/model_converters/shrink_checkpoint.py, and resuming from its file."""
import math
import re
import shutil

import pytest
import torch
from helpers.tiny_project import error_of, run_tool

from projects.dstransnet.checkpoint import read_checkpoint

TOOL = 'model_converters/shrink_checkpoint.py'


@pytest.fixture(scope='module')
def shrunk(tiny, tmp_path_factory):
    path = tmp_path_factory.mktemp('shrunk') / 'epoch_2.pth'
    path.with_name('epoch_2.pth.sha256').write_text('0' * 64)  # of another
    result = run_tool(TOOL, tiny.checkpoint, path, cwd=path.parent)
    assert result.returncode is None or result.returncode == 0, result.stderr
    return path


def test_weights_are_halved_and_moments_dropped(tiny, shrunk):
    before, after = (torch.load(path, weights_only=False)
                     for path in (tiny.checkpoint, shrunk))
    assert before.keys() == after.keys()
    assert read_checkpoint(str(shrunk), 'cpu').keys() == after.keys()
    assert before['optimizer']['state'] and not after['optimizer']['state']
    for name, tensor in before['state_dict'].items():
        expected = (
            tensor.half() if tensor.is_floating_point() else tensor)
        assert torch.equal(after['state_dict'][name], expected)
    for key in ('meta', 'param_schedulers'):
        assert str(before[key]) == str(after[key])


@pytest.mark.slow
def test_training_continues_from_it(tiny, shrunk, tmp_path):
    shutil.copy(shrunk, tmp_path)
    result = run_tool(
        'train.py', tiny.config, '--work-dir', tmp_path, '--resume',
        '--cfg-options', 'train_cfg.max_epochs=3', cwd=tmp_path)
    assert result.returncode in (0, None), result.stderr
    end = torch.load(tmp_path / 'epoch_3.pth', weights_only=False)
    optimizer = end['optimizer']
    # The schedule went on: epoch 1 of 38 of the cosine.
    rate = 1e-5 + (1e-3 - 1e-5) * (1 + math.cos(math.pi / 38)) / 2
    assert optimizer['param_groups'][0]['lr'] == pytest.approx(rate)
    assert {int(state['step']) for state in optimizer['state'].values()} == {3}
    start = torch.load(shrunk, weights_only=False)['state_dict']
    for name, weight in end['state_dict'].items():
        if name.endswith('weight'):  # three steps of at most 1e-3 or so
            torch.testing.assert_close(
                weight, start[name].float(), rtol=0, atol=0.01)


def write(path, **changes):
    """Write what the tool reads of a checkpoint of a training run."""
    torch.save(dict(dict(
        state_dict=dict(weight=torch.ones(3)),
        optimizer=dict(state={}, param_groups=[])), **changes), path)


def test_values_beyond_float16_stay_float32(tmp_path):
    weights = dict(weight=torch.tensor([0.1]), var=torch.tensor([70000.]))
    write(tmp_path / 'a.pth', state_dict=weights)
    result = run_tool(TOOL, 'a.pth', 'b.pth', cwd=tmp_path)
    assert result.returncode in (0, None), result.stderr
    small = read_checkpoint(str(tmp_path / 'b.pth'), 'cpu')['state_dict']
    assert small['weight'].dtype == torch.float16
    assert torch.equal(small['var'], weights['var'])
    module = torch.nn.Module()  # as a run that resumes
    for name in weights:
        module.register_buffer(name, torch.zeros(1))
    module.load_state_dict(small)
    assert module.var.item() == 70000
    assert module.weight.item() == pytest.approx(0.1, rel=1e-3)


@pytest.mark.parametrize(('changes', 'message'), [
    (dict(state_dict=None), 'expected a table of tensors, got NoneType'),
    (dict(state_dict=dict(weight=[1])), "got 'weight' of list"),
    (dict(optimizer=3), 'a.pth: expected a checkpoint of a training run'),
])
def test_what_is_no_checkpoint_of_a_training_is_refused(
        changes, message, tmp_path):
    write(tmp_path / 'a.pth', **changes)
    result = run_tool(TOOL, 'a.pth', 'b.pth', cwd=tmp_path)
    assert message in error_of(result)
    assert not (tmp_path / 'b.pth').exists()


def test_a_checkpoint_without_weights_is_refused(tmp_path):
    torch.save(dict(optimizer=dict(state={})), tmp_path / 'a.pth')
    result = run_tool(TOOL, 'a.pth', 'b.pth', cwd=tmp_path)
    assert error_of(result) == 'a.pth: no state_dict in this checkpoint'


def test_weights_beside_a_running_mean_are_halved_too(tmp_path):
    torch.save(dict(
        state_dict=dict(a=torch.ones(3)), optimizer=dict(state={}),
        ema_state_dict={'module.a': torch.ones(3), 'steps': torch.tensor(2)}),
        tmp_path / 'a.pth')
    assert run_tool(TOOL, 'a.pth', 'b.pth', cwd=tmp_path).returncode == 0
    found = torch.load(tmp_path / 'b.pth')['ema_state_dict']
    assert found['module.a'].dtype == torch.half and found['steps'] == 2
    before = (tmp_path / 'a.pth').read_bytes()
    for dst, told in (('a.pth', 'dst: a.pth is the same file as src'),
                      ('c.safetensors', 'expected NAME.pth, got c.safet')):
        assert told in error_of(run_tool(TOOL, 'a.pth', dst, cwd=tmp_path))
    assert (tmp_path / 'a.pth').read_bytes() == before


def test_a_folder_is_no_file_to_write(tmp_path):
    write(tmp_path / 'a.pth')
    (tmp_path / 'b.pth').mkdir()
    result = run_tool(TOOL, 'a.pth', 'b.pth', cwd=tmp_path)
    assert error_of(result) == 'b.pth: Is a directory'
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        'a.pth', 'b.pth']


def test_weights_alone_are_refused(project, tmp_path):
    result = run_tool(TOOL, project.checkpoint, 'small.pth', cwd=tmp_path)
    assert re.match('.*weights.pth: expected a checkpoint of a training run',
                    error_of(result))
