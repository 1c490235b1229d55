import dataclasses

import pytest
import torch
from mmengine.config import Config

from projects.dstransnet.models.build import build_segmentor
from projects.dstransnet.profiling import Case, measure
from projects.dstransnet.profiling.measure import in_form

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


def test_deployed_form(case):
    case = dataclasses.replace(case, deployed=True, runtime='torch')
    plain = build_segmentor(Config.fromfile(case.config))
    for amp, dtype in ((None, torch.float32), ('bf16', torch.bfloat16),
                       ('fp16', torch.float16)):
        model = in_form(dataclasses.replace(case, amp=amp), plain)
        assert model.backbone.runtime.dtype == dtype
        assert not any('side_convs' in name for name in model.state_dict())
    # Nothing but the step that was asked for.
    model = in_form(
        dataclasses.replace(case, deploy_steps=('side_outputs', )), plain)
    names = list(model.state_dict())
    assert not any('side_convs' in name for name in names)
    assert any('running_mean' in name for name in names)
    assert in_form(dataclasses.replace(case, deployed=False), plain) is plain


def test_channels_last(case):
    case = dataclasses.replace(case, channels_last=True)
    layer = in_form(case, torch.nn.Conv2d(4, 4, 3))
    assert layer.weight.is_contiguous(memory_format=torch.channels_last)


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
