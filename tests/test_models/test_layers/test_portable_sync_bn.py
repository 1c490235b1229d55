"""Batch norm over processes against torch's over the whole batch."""
import pytest
import torch
from helpers.forked_ranks import group, on_ranks
from mmcv.cnn import build_norm_layer

from projects.dstransnet.models.layers import PortableSyncBN
from projects.dstransnet.models.layers.portable_sync_bn import (
    use_portable_sync_bn,
)

# Two ranks with unequal shares of a batch.
BATCH = torch.randn(
    3, 4, 5, 6, generator=torch.Generator().manual_seed(0)).double() + 2
SHARES = (BATCH[:2], BATCH[2:])
FACTORS = torch.linspace(-1, 1, BATCH.numel()).view_as(BATCH).double()


def layer_of(kind, **settings):
    layer = kind(4, **settings, dtype=torch.double)
    if layer.affine:
        torch.nn.init.normal_(
            layer.weight, generator=torch.Generator().manual_seed(1))
    return layer


def steps(layer, batch, factors):
    """Return outputs, gradients and buffers of two training steps."""
    found = []
    for shift in (0, 1):
        x = (batch + shift).requires_grad_()
        y = layer(x)
        (y * factors).sum().backward()
        found += [y.detach(), x.grad]
    gradients = [p.grad for p in layer.parameters()]
    return found, gradients, list(layer.buffers())


SETTINGS = [{}, dict(momentum=None), dict(affine=False),
            dict(track_running_stats=False)]


@group
def two_steps():
    rank = torch.distributed.get_rank()
    factors = (FACTORS[:2], FACTORS[2:])[rank]
    return [
        steps(layer_of(PortableSyncBN, **settings), SHARES[rank], factors)
        for settings in SETTINGS
    ]


@pytest.fixture(scope='module')
def shared():
    return on_ranks(2, two_steps)


@pytest.mark.parametrize('number', range(len(SETTINGS)), ids=str)
def test_two_ranks_are_one_batch(shared, number):
    whole, gradients, buffers = steps(
        layer_of(torch.nn.BatchNorm2d, **SETTINGS[number]), BATCH, FACTORS)
    one, two = (rank[number] for rank in shared)
    for expected, *parts in zip(whole, one[0], two[0]):
        torch.testing.assert_close(torch.cat(parts), expected)
    # Each rank has the gradient of its own samples; their sum is the whole.
    assert len(one[1]) == len(gradients)
    for expected, *parts in zip(gradients, one[1], two[1]):
        torch.testing.assert_close(sum(parts), expected)
    assert len(one[2]) == len(buffers)
    for expected, *parts in zip(buffers, one[2], two[2]):
        for part in parts:
            torch.testing.assert_close(part, expected)


@group
def half_precision():
    x = torch.full((2, 4, 64, 64), 100., dtype=torch.half)
    x[:, :, ::2] = 102
    return layer_of(PortableSyncBN, affine=False)(x)


def test_sums_of_half_precision_do_not_overflow():
    for y in on_ranks(2, half_precision):
        assert y.dtype == torch.half
        assert torch.equal(y.unique(), torch.tensor([-1., 1.]).half())


@group
def far_from_zero():
    # A difference of squares would lose the variance of 0.01 among them.
    norm = PortableSyncBN(4, momentum=1)
    norm(1000 + 0.1 * SHARES[torch.distributed.get_rank()].float())
    return norm.running_var


def test_variance_of_values_far_from_zero():
    expected = 0.01 * BATCH.var((0, 2, 3)).float()
    for variance in on_ranks(2, far_from_zero):
        torch.testing.assert_close(variance, expected, rtol=2e-3, atol=0)


def test_one_process_is_batch_norm():
    norm, plain = layer_of(PortableSyncBN), layer_of(torch.nn.BatchNorm2d)
    assert torch.equal(norm(BATCH), plain(BATCH))
    assert torch.equal(norm.eval()(BATCH), plain.eval()(BATCH))


def test_configs_name_it_and_its_state_is_that_of_batch_norm():
    name, norm = build_norm_layer(dict(type='PortableSyncBN'), 4)
    plain_name, plain = build_norm_layer(dict(type='BN'), 4)
    assert name == plain_name
    norm.load_state_dict(plain.state_dict())


def test_norms_of_a_model_take_its_place():
    """Their tensors stay, so that an optimizer keeps its parameters."""
    plain = torch.nn.BatchNorm2d(2, eps=0.1)
    _, shared = build_norm_layer(dict(type='SyncBN'), 2)
    model = torch.nn.Sequential(plain, shared, torch.nn.GroupNorm(1, 2))
    values = list(model.parameters())
    assert use_portable_sync_bn(model, everywhere=False) == 1
    assert type(model[0]) is torch.nn.BatchNorm2d
    assert use_portable_sync_bn(model) == 1
    assert use_portable_sync_bn(model) == 0
    assert [type(each) for each in model] == [
        PortableSyncBN, PortableSyncBN, torch.nn.GroupNorm]
    assert all(a is b for a, b in zip(values, model.parameters()))
    assert model[0].eps == 0.1
    x = torch.rand(2, 2, 4, 4)
    assert torch.equal(model[0](x), torch.nn.BatchNorm2d(2, eps=0.1)(x))
