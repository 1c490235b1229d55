import collections
import dataclasses
import os

import pytest
import torch
from helpers.benchmark_results import result
from mmengine.config import Config

from projects.dstransnet.checkpoint.trust import trusting
from projects.dstransnet.models.build import build_segmentor
from projects.dstransnet.profiling import (
    Case,
    Measurement,
    OutOfMemory,
    measure,
    measure_all,
    measure_apart,
    measurement,
)
from projects.dstransnet.profiling.measurement import (
    answer_for,
    measurement_of,
)
from projects.dstransnet.utils.errors import InputError

OTHER = '''
default_scope = 'mmseg'
norm_cfg = dict(type='SyncBN', requires_grad=True)
head = dict(
    type='FCNHead', num_convs=1, num_classes=5, norm_cfg=norm_cfg,
    loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=False))
model = dict(
    type='EncoderDecoder',
    backbone=dict(
        type='ResNetV1c', depth=18, base_channels=4, stem_channels=4,
        norm_cfg=norm_cfg),
    decode_head=dict(head, in_channels=32, in_index=3, channels=8),
    auxiliary_head=dict(head, in_channels=16, in_index=2, channels=8),
    train_cfg=dict(), test_cfg=dict(mode='whole'))
'''


def test_inference(case):
    found = measure(dataclasses.replace(case, profile=True))
    assert len(found.seconds) == len(found.unit_seconds) == 2
    assert min(found.seconds + found.unit_seconds) > 0
    assert found.first_seconds > 0
    assert found.threads == torch.get_num_threads() == 1
    assert 0 < found.memory < 2**30
    assert found.parameters > 1e4
    assert found.device_name
    names = {entry.name for entry in found.operators}
    assert {'aten::bmm', 'aten::cat'} <= names
    assert sum(entry.share for entry in found.operators) == pytest.approx(1)
    times = [entry.seconds for entry in found.operators]
    assert times == sorted(times, reverse=True) and times[-1] > 0


@pytest.mark.parametrize('train', [False, True])
def test_any_segmentor(train, tmp_path):
    """Several classes, an auxiliary head, SyncBN, no optimiser."""
    path = tmp_path / 'other.py'
    path.write_text(OTHER)
    found = measure(
        Case(str(path), 32, 64, batch=2, threads=1, warmup=1, repeats=1,
             train=train))
    assert len(found.seconds) == 1
    assert torch.is_grad_enabled()


def test_compiled_form_runs_the_compiled_network(case, monkeypatch):
    calls = []

    def compile_(model):
        def run(images, samples, mode):
            calls.append(mode)
            return model(images, samples, mode=mode)

        return run

    monkeypatch.setattr(torch, 'compile', compile_)
    measure(dataclasses.replace(case, compiled=True))
    assert calls == ['tensor'] * (1 + case.warmup + case.repeats)


@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a GPU')
@pytest.mark.parametrize('settings', [
    dict(), dict(amp='fp16', channels_last=True), dict(tf32=True),
    dict(cuda_graph=True), dict(train=True, amp='fp16', batch=2)])
def test_on_a_gpu(case, settings):
    found = measure(dataclasses.replace(case, device='cuda', **settings))
    assert len(found.seconds) == 2 and min(found.seconds) > 0
    assert found.memory > 0 and 'max_memory_allocated' in found.memory_method
    assert found.device_name == torch.cuda.get_device_name()


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
    answer = answer_for(old)
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
    monkeypatch.setattr(measurement, 'measure', raiser(error))
    answer = answer_for(case)
    assert type(answer) is kind and message in str(answer)
    with pytest.raises(kind):
        measurement_of(case, answer, 0)


def test_other_errors_are_not_hidden(case, monkeypatch):
    monkeypatch.setattr(measurement, 'measure', raiser(RuntimeError('a bug')))
    with pytest.raises(RuntimeError, match='a bug'):
        answer_for(case)


def test_process_that_ended(case):
    with pytest.raises(OutOfMemory, match='SIGKILL'):
        measurement_of(case, None, -9)
    with pytest.raises(ChildProcessError, match='exit code 1'):
        measurement_of(case, None, 1)


def test_killed_process(case, monkeypatch):
    """As the kernel does when memory is short."""
    context = measurement.multiprocessing.get_context('fork')
    monkeypatch.setattr(measurement.multiprocessing, 'get_context',
                        lambda method: context)
    monkeypatch.setattr(measurement, '_work',
                        lambda *arguments: os.kill(os.getpid(), 9))
    with pytest.raises(OutOfMemory, match='killed by the system'):
        measure_apart(case)


def test_out_of_memory_keeps_the_others(case, config, monkeypatch):
    tried = []

    def measure_apart(each):
        tried.append(str(each))
        if each.width > 32 and not each.compiled:
            raise OutOfMemory('no more')
        return result().measurement

    monkeypatch.setattr(measurement, 'measure_apart', measure_apart)
    monkeypatch.setattr(
        measurement, 'macs_by_size',
        lambda cfg, sizes: {size: sum(size) + 1 for size in sizes})
    cases = [
        dataclasses.replace(case, width=width, compiled=compiled, batch=2)
        for width in (32, 48, 64) for compiled in (False, True)
    ]
    seen = []
    results = measure_all(
        Config.fromfile(config), cases,
        lambda results: seen.append(len(results)))
    assert seen == [1, 2, 3, 4, 5, 6]
    assert [each.problem for each in results] == [
        None, None, 'out of memory (no more)', None,
        'not tried (fewer pixels ran out of memory)', None]
    assert 'plain, 2 x 32 x 64' not in tried and len(tried) == 5
    # As set above, for each of two images, measured or not.
    assert [each.macs for each in results] == [130, 130, 162, 162, 194, 194]


def test_size_that_does_not_fit(case, config):
    case = dataclasses.replace(case, height=40)
    with pytest.raises(InputError, match='--shape 40 32: .*multiples of 16'):
        measure_all(Config.fromfile(config), [case], print)


def test_the_config_that_is_given_is_measured(case, config, monkeypatch):
    """Not its file, which knows nothing of options."""
    cfg = Config.fromfile(config)
    cfg.model.backbone.base_channels = 2 * cfg.model.backbone.base_channels
    seen = []

    def measure_apart(each):
        seen.append(Config.fromfile(each.config).model.backbone.base_channels)
        return result().measurement

    monkeypatch.setattr(measurement, 'measure_apart', measure_apart)
    (found, ) = measure_all(cfg, [case], lambda results: None)
    assert seen == [cfg.model.backbone.base_channels]
    assert found.case == case

    def fail(each):
        raise ChildProcessError('its process ended')

    monkeypatch.setattr(measurement, 'measure_apart', fail)
    with pytest.raises(InputError, match='its process ended'):
        measure_all(cfg, [case], lambda results: None)
