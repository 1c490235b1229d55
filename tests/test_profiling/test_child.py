import collections
import dataclasses
import os

import pytest
import torch
from mmengine.config import Config

from projects.dstransnet.checkpoint.trust import trusting
from projects.dstransnet.models.build import build_segmentor
from projects.dstransnet.profiling import (
    Measurement,
    OutOfMemory,
    child,
    measure_apart,
)
from projects.dstransnet.utils.errors import InputError


@pytest.fixture
def old(case, tmp_path):
    """The case with weights that are read only where they are trusted."""
    model = build_segmentor(Config.fromfile(case.config))
    path = str(tmp_path / 'old.pth')
    torch.save(dict(state_dict=model.state_dict(),
                    meta=collections.deque([1])), path)
    return dataclasses.replace(case, checkpoint=path)


def test_own_process(old):
    threads = torch.get_num_threads()
    with trusting(old.checkpoint):
        found = measure_apart(dataclasses.replace(old, threads=threads + 1))
    assert isinstance(found, Measurement)
    assert found.threads == threads + 1
    assert torch.get_num_threads() == threads
    assert len(found.seconds) == 2


def test_checkpoint_that_is_not_trusted(old):
    answer = child.answer_for(old)
    assert isinstance(answer, InputError)
    assert str(answer).startswith(
        f'plain, 1 x 32 x 32: checkpoint: {old.checkpoint} is not a')


def raiser(error):
    def measure(case):
        raise error

    return measure


@pytest.mark.parametrize('error, kind, message', [
    (ValueError('height 30'), InputError, 'plain, 1 x 32 x 32: height 30'),
    (FileNotFoundError('no file a'), InputError, 'no file a'),
    (MemoryError(), OutOfMemory, 'MemoryError'),
    (RuntimeError('CUDA out of memory. Tried'), OutOfMemory, 'out of memory'),
])
def test_answers(case, monkeypatch, error, kind, message):
    monkeypatch.setattr(child, 'measure', raiser(error))
    answer = child.answer_for(case)
    assert type(answer) is kind and message in str(answer)
    with pytest.raises(kind):
        child.result_of(case, answer, 0)


def test_more_memory_than_there_is(case, monkeypatch):
    monkeypatch.setattr(child, 'measure', lambda case: torch.empty(1 << 50))
    assert isinstance(child.answer_for(case), OutOfMemory)


def test_other_errors_are_not_hidden(case, monkeypatch):
    monkeypatch.setattr(child, 'measure', raiser(RuntimeError('a bug')))
    with pytest.raises(RuntimeError, match='a bug'):
        child.answer_for(case)


def test_process_that_ended(case):
    with pytest.raises(OutOfMemory, match='SIGKILL'):
        child.result_of(case, None, -9)
    with pytest.raises(ChildProcessError, match='exit code 1'):
        child.result_of(case, None, 1)


def test_killed_process(case, monkeypatch):
    """As the kernel does when memory is short."""
    context = child.multiprocessing.get_context('fork')
    monkeypatch.setattr(child.multiprocessing, 'get_context',
                        lambda method: context)
    monkeypatch.setattr(child, '_work',
                        lambda *arguments: os.kill(os.getpid(), 9))
    with pytest.raises(OutOfMemory, match='ended by the system'):
        measure_apart(case)
