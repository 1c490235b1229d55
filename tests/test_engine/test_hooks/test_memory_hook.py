import copy
import re

import pytest
import torch
from mmengine.config import Config, ConfigDict
from mmengine.registry import DefaultScope
from mmseg.registry import MODELS

from projects.dstransnet.engine.hooks import MemoryHook, memory_hook
from projects.dstransnet.inference import use_tiles
from projects.dstransnet.utils.errors import InputError

CUDA = torch.cuda.OutOfMemoryError(
    'CUDA out of memory. Tried to allocate 2.00 GiB.\nmore')
BATCH = dict(
    inputs=[torch.zeros(3, 64, 48)] * 4, data_samples=[None] * 4)


class Model(torch.nn.Module):
    """Steps that raise."""

    def __init__(self, error=None):
        super().__init__()
        self.error = error

    def _step(self, data_batch, optim_wrapper=None):
        if self.error is not None:
            raise self.error
        return data_batch, optim_wrapper

    train_step = val_step = test_step = _step


class Runner:

    def __init__(self, model):
        self.model = model


def surrounded(model):
    MemoryHook().before_run(Runner(model))
    return model


@pytest.mark.parametrize('error', [CUDA, MemoryError()])
@pytest.mark.parametrize(('step', 'advice'), [
    ('train_step', 'train_dataloader.batch_size'),
    ('val_step', 'val_dataloader'),
    ('test_step', '--tile'),
])
def test_the_message_says_what_and_what_to_change(error, step, advice):
    with pytest.raises(InputError) as raised:
        getattr(surrounded(Model(error)), step)(BATCH)
    message = str(raised.value)
    assert f'out of memory in {step}: a batch of 4 images' in message
    assert '4 of 3 x 64 x 48' in message and advice in message
    assert '\n' not in message
    assert str(error).split('\n')[0] in message


def test_steps_return_what_they_return():
    model = surrounded(surrounded(Model()))
    assert model.train_step(BATCH, optim_wrapper=1) == (BATCH, 1)
    # As the average of weights does.
    assert copy.deepcopy(model).test_step(1) == (1, None)


@pytest.fixture(scope='module')
def network():
    with DefaultScope.overwrite_default_scope('mmseg'):
        return MODELS.build(
            Config.fromfile('configs/_base_/models/dstransnet-s.py').model)


def test_what_cannot_fit_is_not_run_on_a_cpu(network, monkeypatch):
    model = surrounded(copy.copy(network))
    monkeypatch.setattr(memory_hook, 'available_memory', lambda: 2**32)
    huge = dict(inputs=[torch.empty(3, 1, 1).expand(3, 10_000, 10_000)])
    text = re.escape('1 of 3 x 10000 x 10000')
    with pytest.raises(InputError, match=f'{text}.*--tile.*4.0 GiB are free'):
        model.test_step(huge)


@pytest.mark.parametrize('free', [2**32, None])
def test_what_may_fit_is_run(network, free, monkeypatch):
    model = copy.copy(network)
    model.test_step = lambda data_batch: 'run'
    monkeypatch.setattr(memory_hook, 'available_memory', lambda: free)
    assert surrounded(model).test_step(BATCH) == 'run'


def test_what_has_fitted_once_is_run_again(network, monkeypatch):
    """The process may have kept the memory, so that it is not free."""
    model, free = copy.copy(network), 2**40
    model.train_step = model.val_step = lambda data_batch: 'run'
    monkeypatch.setattr(memory_hook, 'available_memory', lambda: free)
    surrounded(model).train_step(BATCH)
    free = 0
    smaller = dict(inputs=BATCH['inputs'][:3])
    assert model.train_step(BATCH) == model.val_step(smaller) == 'run'
    with pytest.raises(InputError, match='5 of 3 x 64 x 48.* 0.0 GiB are'):
        model.val_step(dict(inputs=[*BATCH['inputs'], torch.zeros(3, 64, 48)]))


# Of four frames, and of one tile of 32 x 32.
WHOLE, TILE = (
    pixels * 8 * memory_hook._BYTES_PER_PIXEL_AND_CHANNEL
    for pixels in (4 * 64 * 48, 32 * 32))


@pytest.fixture
def tiled(network):
    """A network that has not computed anything yet, with its own settings."""
    model = copy.copy(network)
    model.test_cfg = ConfigDict(mode='whole')
    model.train_step = model.val_step = model.test_step = (
        lambda data_batch: 'run')
    return surrounded(model)


@pytest.mark.parametrize(('tile', 'batch', 'needed'), [
    (32, 1, TILE), (32, 3, 3 * TILE), ((32, 16), 1, TILE // 2),
    (1024, 1, WHOLE // 4), (1024, 9, WHOLE), (32, 99, WHOLE)])
def test_of_tiles_those_of_one_step_count(tile, batch, needed, tiled,
                                          monkeypatch):
    # Tiles come later than the hook, as in tools/test.py.
    use_tiles(tiled, tile, 0, batch)
    monkeypatch.setattr(memory_hook, 'available_memory', lambda: needed - 1)
    for step in (tiled.test_step, tiled.val_step):
        with pytest.raises(InputError, match='--tile-batch') as raised:
            step(BATCH)
        assert 'cut them into tiles' not in str(raised.value)
    monkeypatch.setattr(memory_hook, 'available_memory', lambda: needed)
    assert tiled.test_step(BATCH) == tiled.val_step(BATCH) == 'run'


def test_training_has_no_tiles(tiled, monkeypatch):
    use_tiles(tiled, 32, 0)
    monkeypatch.setattr(memory_hook, 'available_memory', lambda: WHOLE - 1)
    with pytest.raises(InputError, match='train_dataloader.batch_size'):
        tiled.train_step(BATCH)


def test_deployed_networks_are_not_refused(tiled, monkeypatch):
    """What the plain one needs is not what they need."""
    monkeypatch.setattr(memory_hook, 'available_memory', lambda: 0)
    with pytest.raises(InputError, match='out of memory'):
        tiled.test_step(BATCH)
    # tools/test.py --deploy copies the model when the hook is done.
    deployed = copy.deepcopy(tiled)
    deployed.backbone = torch.nn.Identity()
    assert deployed.test_step(BATCH) == 'run'
