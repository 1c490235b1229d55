import dataclasses

import pytest
import torch

from projects.dstransnet.deployment import RUNTIMES, choose_runtime
from projects.dstransnet.profiling import (
    Case,
    all_cases,
    check_case,
    plain_form,
)
from projects.dstransnet.utils.errors import InputError

CASE = Case('c.py', 32, 32)


@pytest.fixture
def gpus(monkeypatch):
    """Pretend that there are two."""
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 2)


@pytest.mark.parametrize('settings, message', [
    (dict(height=0), '--shape: expected 1 or more, got 0'),
    (dict(threads=0), '--threads: expected 1 or more, got 0'),
    (dict(max_seconds=0), '--max-seconds: expected more than 0, got 0'),
    (dict(device='abacus'), "--device: expected cpu, cuda or cuda:N, got "
     "'abacus'"),
    (dict(tf32=True), '--tf32 needs --device cuda, got --device cpu'),
    (dict(train=True, deployed=True), '--deploy is for inference'),
    (dict(runtime='torch'), '--runtime needs --deploy'),
    (dict(deployed=True, compiled=True), '--compile is for the plain form: '
     'use --deploy --runtime compile'),
    (dict(train=True, amp='fp16'), '--train --amp-dtype fp16 needs --device'),
])
def test_what_does_not_go_together(settings, message):
    with pytest.raises(InputError) as error:
        check_case(dataclasses.replace(CASE, **settings))
    assert str(error.value).startswith(message)


def test_gpus(gpus):
    for name in ('cuda', 'cuda:1'):
        check_case(dataclasses.replace(
            CASE, device=name, tf32=True, cuda_graph=True))
    check_case(dataclasses.replace(
        CASE, device='cuda', train=True, amp='fp16'))
    with pytest.raises(InputError, match='there is no cuda:2; .* sees 2'):
        check_case(dataclasses.replace(CASE, device='cuda:2'))
    with pytest.raises(InputError, match='--cuda-graph is for inference'):
        check_case(dataclasses.replace(
            CASE, device='cuda', train=True, cuda_graph=True))
    with pytest.raises(InputError, match='leave out --cuda-graph'):
        check_case(dataclasses.replace(
            CASE, device='cuda', deployed=True, runtime='cuda_graph',
            cuda_graph=True))


def test_order():
    found = all_cases(CASE, [[16, 48], [64]], [1, 2], with_plain=False)
    assert [(case.height, case.width, case.batch) for case in found] == [
        (16, 48, 1), (16, 48, 2), (64, 64, 1), (64, 64, 2)]
    assert [case.pixels for case in found] == [768, 1536, 4096, 8192]


def test_plain_form_goes_before():
    form = dataclasses.replace(
        CASE, amp='bf16', compiled=True, channels_last=True)
    found = all_cases(form, [[16]], [1], with_plain=True)
    assert [case.form for case in found] == [
        'plain', 'plain bf16 channels-last compiled']
    assert found[0] == plain_form(found[1])
    with pytest.raises(InputError, match='this is the plain form'):
        all_cases(CASE, [[16]], [1], with_plain=True)


def test_deployed_forms_have_the_name_of_their_runtime():
    form = dataclasses.replace(CASE, deployed=True)
    plain, found = all_cases(form, [[16]], [1], with_plain=True)
    assert plain.runtime == 'auto' and plain.form == 'plain'
    assert found.runtime == choose_runtime('auto', 'cpu')
    assert found.form == f'deployed {found.runtime}'
    (found, ) = all_cases(
        dataclasses.replace(form, amp='fp16'), [[16]], [1], with_plain=False)
    assert found.form == 'deployed torch fp16'  # OpenVINO has no such type
    with pytest.raises(InputError, match="^--runtime: 'cuda_graph' needs"):
        all_cases(dataclasses.replace(form, runtime='cuda_graph'), [[16]],
                  [1], with_plain=False)


def test_forms_whose_first_step_compiles():
    assert dataclasses.replace(CASE, compiled=True).compiles
    assert not CASE.compiles
    form = dataclasses.replace(CASE, deployed=True)
    assert {name: dataclasses.replace(form, runtime=name).compiles
            for name in RUNTIMES[1:]} == dict(
                torch=False, compile=True, cuda_graph=True, openvino=True)


def test_names_of_deployed_forms():
    form = dataclasses.replace(
        CASE, deployed=True, runtime='torch', deploy_steps=('a', 'b'))
    assert form.form == 'deployed torch (a+b)'
    assert dataclasses.replace(form, deploy_steps=()).form == (
        'deployed torch (no steps)')
    assert plain_form(form) == CASE
