import copy

import pytest
import torch
from mmcv.cnn import ConvModule

from projects.dstransnet.models.layers import activation_checkpoint


@pytest.fixture
def block():
    return ConvModule(3, 4, 3, padding=1, norm_cfg=dict(type='BN')).train()


def _count_calls(block):
    calls = []
    block.conv.register_forward_hook(lambda *_: calls.append(1))
    return calls


@pytest.mark.parametrize('momentum', [0.1, None])
def test_equal_results_and_statistics_taken_once(block, momentum):
    block.bn.momentum = momentum
    other = copy.deepcopy(block)
    x = torch.randn(2, 3, 6, 5)
    grads = []
    for module, with_cp in ((block, False), (other, True)):
        calls = _count_calls(module)
        leaf = x.clone().requires_grad_()
        for _ in range(2):  # a later call must find its own buffers
            out = activation_checkpoint(module, leaf, with_cp=with_cp)
            out.square().sum().backward()
        assert len(calls) == (4 if with_cp else 2)
        grads.append([leaf.grad, *(p.grad for p in module.parameters())])
    for one, two in zip(*grads):
        assert torch.equal(one, two)
    buffers = dict(other.named_buffers())
    for name, buffer in block.named_buffers():
        assert torch.equal(buffer, buffers[name]), name
    assert other.bn.num_batches_tracked == 2


def test_buffers_come_back_after_a_failure(block):
    before = list(block.buffers())
    out = activation_checkpoint(block, torch.randn(2, 3, 4, 4), with_cp=True)

    def fail(*_):
        raise RuntimeError('out of memory')

    block.bn.register_forward_pre_hook(fail)
    with pytest.raises(RuntimeError, match='out of memory'):
        out.sum().backward()
    assert all(a is b for a, b in zip(before, block.buffers(), strict=True))


def test_without_gradients_nothing_is_done_twice(block):
    calls = _count_calls(block)
    with torch.no_grad():
        activation_checkpoint(block, torch.randn(2, 3, 4, 4), with_cp=True)
    assert len(calls) == 1
