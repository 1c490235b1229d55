import copy
import pickle

import pytest
import torch
from helpers.small_networks import (
    assert_equal_up_to_rounding,
    images,
    needs_gpu,
    two_convs,
)
from torch import nn

from projects.dstransnet.deployment.torch_runtimes import (
    CUDAGraphRuntime,
    EagerRuntime,
)
from projects.dstransnet.utils.errors import InputError


def test_operator_by_operator():
    plain = two_convs()
    runtime = EagerRuntime(copy.deepcopy(plain))
    x = images(2, 3, 5, 7)
    assert_equal_up_to_rounding(runtime(x), plain(x))
    assert list(runtime.state_dict()) == [
        f'network.{name}' for name in plain.state_dict()]
    assert runtime.network[0].weight.is_contiguous(
        memory_format=torch.channels_last)


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_half_precision(dtype):
    plain, seen = two_convs(), []
    runtime = EagerRuntime(copy.deepcopy(plain), dtype)
    runtime.network[2].register_forward_hook(
        lambda module, args, out: seen.append(out.dtype))
    x = images(2, 3, 5, 7)
    assert_equal_up_to_rounding(runtime(x), plain(x), bound=0.05)
    assert seen == [dtype]


def test_other_types():
    with pytest.raises(InputError, match='dtype: expected float32, bfloat16 '
                       'or float16, got torch.float64'):
        EagerRuntime(two_convs(), torch.float64)


def test_what_is_compiled(monkeypatch):
    """Without the minutes that the compiler itself takes."""
    asked = []

    def compile_(call, **settings):
        asked.append(settings)
        return call

    monkeypatch.setattr(torch, 'compile', compile_)
    plain = two_convs()
    runtime = EagerRuntime(copy.deepcopy(plain), compiled=True)
    assert asked == [dict(dynamic=False)]
    x = images(1, 3, 4, 4)
    for twin in (copy.deepcopy(runtime), pickle.loads(pickle.dumps(runtime))):
        assert_equal_up_to_rounding(twin(x), plain(x))
    assert asked == [dict(dynamic=False)] * 3


@pytest.mark.slow
def test_compiled():
    plain = two_convs()
    runtime = EagerRuntime(copy.deepcopy(plain), compiled=True)
    for shape in ((1, 3, 8, 8), (2, 3, 5, 7)):
        x = images(*shape)
        assert_equal_up_to_rounding(runtime(x), plain(x))


def test_graphs_need_a_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    with pytest.raises(InputError, match="'cuda_graph' needs a GPU"):
        CUDAGraphRuntime(EagerRuntime(two_convs()))


def test_graphs_need_images_on_the_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    runtime = CUDAGraphRuntime(EagerRuntime(two_convs()))
    with pytest.raises(InputError, match='images on the GPU, got cpu'):
        runtime(images(1, 3, 4, 4))


@pytest.mark.parametrize('change', [
    lambda model: model.cpu(),
    lambda model: model.half(),
    lambda model: model.to(memory_format=torch.channels_last),
    lambda model: model.load_state_dict(model.state_dict(), assign=True),
], ids=['cpu', 'half', 'to', 'load_state_dict'])
def test_graphs_of_weights_that_moved_are_forgotten(monkeypatch, change):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    runtime = CUDAGraphRuntime(EagerRuntime(two_convs()))
    runtime.captured.get('a shape', lambda: 'a graph of the old weights')
    change(nn.Sequential(runtime))  # as a segmentor holds it
    assert len(runtime.captured) == 0


@needs_gpu
@pytest.mark.parametrize('dtype, bound', [(torch.float32, 1e-4),
                                          (torch.bfloat16, 0.05)])
def test_graphs(dtype, bound):
    plain = two_convs().cuda()
    runtime = CUDAGraphRuntime(EagerRuntime(copy.deepcopy(plain), dtype))
    for n in (1, 2, 3, 1, 4, 5):
        x = images(n, 3, 8, 12).cuda()
        assert_equal_up_to_rounding(runtime(x), plain(x), bound)
        assert_equal_up_to_rounding(runtime(x + 1), plain(x + 1), bound)
    assert len(runtime.captured) == 4
    twin = copy.deepcopy(runtime)
    assert len(twin.captured) == 0
    assert torch.equal(twin(x), runtime(x))
