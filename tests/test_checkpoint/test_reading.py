import builtins
import errno
import functools
import hashlib
import math
import os
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.hooks import CheckpointHook
from mmengine.logging import HistoryBuffer
from mmengine.model import BaseModel
from mmengine.optim import OptimWrapper
from mmengine.runner import Runner, load_checkpoint
from mmengine.runner.checkpoint import CheckpointLoader
from safetensors.torch import load_file
from torch import nn

from projects.dstransnet.checkpoint.reading import (
    check_state_dict,
    read_checkpoint,
    write_safetensors,
)
from projects.dstransnet.utils.errors import InputError

READERS = [read_checkpoint, CheckpointLoader.load_checkpoint]
READER_IDS = ['read_checkpoint', 'mmengine']


def _state():
    return {
        'conv.weight': torch.randn(4, 3, 3, 3),
        'conv.bias': torch.randn(4),
        'bn.num_batches_tracked': torch.tensor(70_000),
    }


def _assert_same(got, expected):
    torch.testing.assert_close(dict(got), dict(expected), rtol=0, atol=0)


@pytest.mark.parametrize('name', ['weights.pth', 'weights.safetensors'])
@pytest.mark.parametrize('read', READERS, ids=READER_IDS)
def test_a_file_is_compared_with_the_hash_beside_it(read, name, tmp_path):
    path = tmp_path / name
    state = dict(weight=torch.ones(4))
    if path.suffix == '.pth':
        torch.save(dict(state_dict=state), path)
    else:
        write_safetensors(str(path), state, {})
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    listed = Path(f'{path}.sha256')

    for text in (f'{digest}  {name}\n', f'{digest.upper()} *{name}',
                 f'SHA256 ({name}) = {digest}\n'):
        listed.write_text(text)
        _assert_same(read(str(path), map_location='cpu')['state_dict'], state)

    other = hashlib.sha256(b'').hexdigest()
    for text, message in (
        (f'{other}  {name}', f'{path}: expected the SHA-256 {other} of '
                             f'{name}.sha256, got {digest}'),
        ('', f'{listed}: expected a SHA-256')):
        listed.write_text(text)
        with pytest.raises(InputError, match=re.escape(message)):
            read(str(path), map_location='cpu')


@pytest.mark.parametrize('zipped', [True, False])
@pytest.mark.parametrize('read', READERS, ids=READER_IDS)
def test_torch_file(read, zipped, tmp_path):
    path = str(tmp_path / 'weights.pth')
    saved = dict(
        state_dict=_state(),
        meta=dict(
            dataset_meta=dict(classes=('background', 'target')), epoch=3),
        array=np.arange(3.),
        number=np.float64(0.5))
    torch.save(saved, path, _use_new_zipfile_serialization=zipped)
    got = read(path, map_location='cpu')
    _assert_same(got['state_dict'], saved['state_dict'])
    assert got['meta'] == saved['meta']
    assert np.array_equal(got['array'], saved['array'])
    assert got['number'] == 0.5


@pytest.mark.parametrize('read', READERS, ids=READER_IDS)
def test_safetensors_round_trip(read, tmp_path):
    path, state = str(tmp_path / 'weights.safetensors'), _state()
    state['view'] = torch.randn(4, 6).t()
    meta = dict(dataset_meta=dict(classes=['background', 'target']), epoch=3)
    write_safetensors(path, state, meta)
    stored = load_file(path)
    assert stored['conv.weight'].dtype == torch.float16
    assert stored['bn.num_batches_tracked'].dtype == torch.int64

    got = read(path)
    assert got['meta'] == meta
    _assert_same(
        got['state_dict'], {
            name: value.half().float() if value.is_floating_point() else value
            for name, value in state.items()
        })


@pytest.mark.parametrize('value', [1e5, float('inf'), float('nan')])
def test_values_beyond_float16_are_refused(value, tmp_path):
    path = tmp_path / 'weights.safetensors'
    with pytest.raises(InputError, match='conv.bias does not fit float16'):
        write_safetensors(
            str(path), _state() | {'conv.bias': torch.tensor([value])}, {})
    assert not path.exists()


class _Command:
    """Pickles to a call."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


def _save_plain(checkpoint, path):
    with open(path, 'wb') as file:
        pickle.dump(checkpoint, file)


SAVERS = [torch.save,
          functools.partial(torch.save, _use_new_zipfile_serialization=False),
          _save_plain]


@pytest.mark.parametrize('save', SAVERS, ids=['zip', 'legacy', 'plain-pickle'])
@pytest.mark.parametrize('function', [os.mkdir, os.makedirs])
def test_commands_in_a_file_are_refused_and_not_run(function, save, tmp_path):
    path, made = str(tmp_path / 'weights.pth'), tmp_path / 'made'
    state = _state() | {'conv.bias': _Command(function, str(made))}
    save(dict(state_dict=state), path)

    readers = [read_checkpoint, CheckpointLoader.load_checkpoint,
               functools.partial(load_checkpoint, nn.Linear(3, 2))]
    for read in readers:
        with pytest.raises(InputError, match=re.escape(path)) as error:
            read(path, map_location='cpu')
        assert 'plain data' in str(error.value)
        assert not made.exists()

    # The file is a working attack on readers that unpickle anything.
    if save is _save_plain:
        with open(path, 'rb') as file:
            pickle.load(file)
    else:
        torch.load(path, weights_only=False)
    assert made.exists()


@pytest.mark.parametrize('command', [
    _Command(getattr, dict, 'fromkeys'),
    _Command(getattr, np.ndarray, 'mean'),
    _Command(getattr, HistoryBuffer, 'mro'),
    _Command(getattr, HistoryBuffer, '__init__'),
    _Command(getattr, HistoryBuffer, '_statistics_methods'),
    _Command(eval, '1 + 1'),
    _Command(builtins.__import__, 'os'),
], ids=['unknown', 'type', 'inherited', 'special', 'private', 'eval',
        'import'])
def test_attributes_and_builtins_are_refused(command, tmp_path):
    path = str(tmp_path / 'weights.pth')
    torch.save(dict(state_dict=_state(), meta=command), path)
    torch.load(path, weights_only=False)  # nothing else is wrong with it
    with pytest.raises(InputError, match=re.escape(path)):
        read_checkpoint(path)


@pytest.mark.parametrize('read', READERS, ids=READER_IDS)
@pytest.mark.parametrize('suffix', ['.pth', '.safetensors'])
def test_missing_file_is_named(suffix, read, tmp_path):
    path = str(tmp_path / f'weights{suffix}')
    with pytest.raises(FileNotFoundError, match=re.escape(path)):
        read(path)
    with pytest.raises(FileNotFoundError, match=re.escape(str(tmp_path))):
        read(str(tmp_path))


DAMAGED = {
    'empty': b'',
    'newline': b'\n',
    'text': b'hello\n',
    'pointer': b'version https://git-lfs.github.com/spec/v1\nsize 77\n',
    'page': b'<!DOCTYPE html>\n<html></html>\n',
    'picture': b'\x89PNG\r\n\x1a\n' + bytes(64),
    'zeros': bytes(256),
    'digits': b'0123456789',
    'stop': b'.',
    'list': b']a.',
    'brackets': b'(]tse.',
}


@pytest.mark.parametrize('read', READERS, ids=READER_IDS)
@pytest.mark.parametrize('suffix', ['.pth', '.safetensors'])
@pytest.mark.parametrize('content', DAMAGED.values(), ids=DAMAGED)
def test_other_files_are_refused_by_name(content, suffix, read, tmp_path):
    path = tmp_path / f'weights{suffix}'
    path.write_bytes(content)
    with pytest.raises(InputError, match=re.escape(str(path))) as error:
        read(str(path))
    assert '\n' not in str(error.value)


@pytest.fixture(params=['zip', 'legacy', 'safetensors'])
def whole(request, tmp_path) -> Path:
    """A checkpoint in each format."""
    path = tmp_path / f'whole.{request.param}'
    if request.param == 'safetensors':
        write_safetensors(str(path), _state(), dict(epoch=3))
    else:
        torch.save(dict(state_dict=_state(), meta=dict(epoch=3)), path,
                   _use_new_zipfile_serialization=request.param == 'zip')
    return path


def test_truncated_files_are_refused_by_name(whole):
    data = whole.read_bytes()
    for length in np.linspace(0, len(data) - 1, 40).astype(int):
        whole.write_bytes(data[:length])
        with pytest.raises(InputError, match=re.escape(str(whole))):
            read_checkpoint(str(whole))


class _Network(nn.Module):

    def __init__(self, layers=1):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(2, 3) for _ in range(layers))


def _refusal(state, network):
    with pytest.raises(InputError) as error:
        check_state_dict(state, network, 'some/file.pth')
    message = str(error.value)
    assert message.startswith('checkpoint: some/file.pth is of another')
    return message.split('it ', 1)[1]


def test_matching_state_dict_is_accepted():
    network = _Network()
    state = network.state_dict()
    check_state_dict(state, network, 'file')
    check_state_dict({f'module.{k}': v for k, v in state.items()}, network,
                     'file')
    check_state_dict(state, nn.DataParallel(network), 'file')


def test_missing_unknown_and_reshaped_keys_are_named():
    network = _Network()
    state = dict(network.state_dict())
    weight = state.pop('layers.0.weight')
    assert _refusal(state, network) == 'lacks layers.0.weight'
    state['layers.0.kernel'] = weight
    assert _refusal(state, network) == (
        'lacks layers.0.weight; it has unknown layers.0.kernel')
    state = network.state_dict() | {'layers.0.bias': torch.zeros(4)}
    assert _refusal(state, network) == 'has layers.0.bias (4,) instead of (3,)'


@pytest.mark.parametrize(('number', 'expected'), [
    (errno.EINVAL, InputError), (errno.EIO, OSError),
    (errno.EACCES, PermissionError)])
def test_errors_of_the_disk_stay_what_they_are(number, expected, tmp_path,
                                               monkeypatch):
    """A place before the beginning is what a damaged file names."""
    def fail(*arguments, **options):
        raise OSError(number, os.strerror(number))

    path = tmp_path / 'a.pth'
    path.write_bytes(b'any')
    monkeypatch.setattr(torch, 'load', fail)
    with pytest.raises(expected, match=os.strerror(number)) as caught:
        read_checkpoint(str(path))
    assert (str(path) in str(caught.value)) == (expected is InputError)


@pytest.mark.parametrize('state', [
    None, [1], 'text', {1: torch.zeros(1)}, {'layers.0.weight': 1.}])
def test_what_is_no_state_dict(state):
    with pytest.raises(InputError, match='some/file.pth: expected'):
        check_state_dict(state, _Network(), 'some/file.pth')


@pytest.mark.parametrize('make', [
    torch.Tensor.to_sparse,
    lambda value: value.to('meta'),
    lambda value: torch.quantize_per_tensor(value, 1., 0, torch.qint8),
    lambda value: value.to(torch.uint8).view(torch.bits8),
    lambda value: torch.full_like(value, math.nan),
    lambda value: torch.full_like(value, math.inf),
    lambda value: torch.full_like(value, math.nan).to(torch.float8_e4m3fn),
], ids=['sparse', 'meta', 'quantised', 'bits', 'nan', 'inf', 'nan in 8 bits'])
@pytest.mark.filterwarnings('ignore')
def test_tensors_that_are_no_finite_numbers_are_named(make, request):
    name = 'layers.0.weight'
    state = _Network().state_dict() | {name: make(torch.zeros(3, 2))}
    kind = ('NaN or infinite values in'
            if request.node.callspec.id.startswith(('nan', 'inf')) else
            'other tensors than arrays of numbers:')
    with pytest.raises(InputError, match=f'file.pth holds {kind} {name}$'):
        check_state_dict(state, _Network(), 'some/file.pth')


class _Trainee(BaseModel):

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)

    def forward(self, inputs, mode='tensor'):
        out = self.linear(torch.stack(list(inputs)))
        return dict(loss=out.square().mean()) if mode == 'loss' else out


def _runner(work_dir, **settings):
    model = _Trainee()
    return Runner(
        model,
        str(work_dir),
        train_dataloader=dict(
            dataset=[dict(inputs=torch.randn(2)) for _ in range(6)],
            sampler=dict(type='DefaultSampler', shuffle=True), batch_size=2,
            num_workers=0),
        train_cfg=dict(by_epoch=True, max_epochs=2),
        optim_wrapper=OptimWrapper(
            torch.optim.Adam(model.parameters(), lr=0.1)),
        param_scheduler=dict(type='LinearLR', start_factor=0.5, end=2),
        default_hooks=dict(checkpoint=CheckpointHook(interval=1)),
        default_scope='mmseg',
        experiment_name=os.path.basename(work_dir),
        **settings)


@pytest.mark.parametrize('read', READERS, ids=READER_IDS)
def test_checkpoint_of_a_training_run(read, tmp_path):
    runner = _runner(tmp_path / f'run-{read.__name__}')
    runner.train()
    path = os.path.join(runner.work_dir, 'epoch_2.pth')
    got = read(path, map_location='cpu')
    assert {'state_dict', 'optimizer', 'param_schedulers', 'message_hub',
            'meta'} <= set(got)
    _assert_same(got['state_dict'], dict(runner.model.state_dict()))
    assert got['meta']['epoch'] == 2
    assert set(got['optimizer']['state'][0]) == {
        'step', 'exp_avg', 'exp_avg_sq'}
    losses = got['message_hub']['log_scalars']['train/loss']
    assert isinstance(losses, HistoryBuffer)
    assert len(losses.data[0]) == 6
    written = runner.message_hub.get_scalar('train/loss')
    assert losses.mean() == pytest.approx(written.mean())
