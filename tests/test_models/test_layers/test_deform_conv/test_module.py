
import pytest
import torch
import torch.nn.functional as F
from helpers.deform_conv import DOUBLE_IMPLS, IMPLS

from projects.dstransnet.models.layers import (
    DEFORM_CONV_IMPLS,
    ModulatedDeformConv2d,
    deform_conv2d,
    deform_conv_available,
)
from projects.dstransnet.models.layers.deform_conv import module as dcn


def _random_module(channels=(3, 4), kernel_size=5, **settings):
    module = ModulatedDeformConv2d(*channels, kernel_size, **settings)
    torch.nn.init.normal_(module.conv_offset_mask.weight, std=0.3)
    return module.double()


@pytest.mark.parametrize('impl', ['auto', *DOUBLE_IMPLS])
@pytest.mark.parametrize('settings', [
    dict(),
    dict(kernel_size=3, stride=2, padding=1),
    dict(kernel_size=3, padding=2, dilation=2),
], ids=str)
def test_module_predicts_offsets_then_a_sigmoid_mask(settings, impl):
    module = _random_module(impl=impl, **settings)
    x = torch.randn(1, 3, 6, 7, dtype=torch.float64)
    geometry = dict(
        stride=settings.get('stride', 1),
        padding=settings.get('padding', 2),
        dilation=settings.get('dilation', 1))
    predictor = module.conv_offset_mask
    maps = F.conv2d(x, predictor.weight, predictor.bias, **geometry)
    points = settings.get('kernel_size', 5)**2
    assert maps.shape[1] == 3 * points
    expected = deform_conv2d(
        x, maps[:, :2 * points], 1 / (1 + (-maps[:, 2 * points:]).exp()),
        module.weight, module.bias, **geometry)
    torch.testing.assert_close(module(x), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize('impl', ['auto', *IMPLS])
def test_mixed_precision_keeps_positions(impl):
    module = ModulatedDeformConv2d(1, 2, 3, padding=1, impl=impl)
    torch.nn.init.zeros_(module.conv_offset_mask.weight)
    torch.nn.init.constant_(module.conv_offset_mask.bias, 0.5)
    # Half-precision numbers are 2 apart at column 512.
    x = torch.randn(1, 1, 3, 512, requires_grad=True)
    expected = module(x)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        out = module(x)
    assert (out - expected).abs().max() < 0.02 * expected.abs().max()
    out.sum().backward()
    mixed, x.grad = x.grad, None
    expected.sum().backward()
    assert (mixed - x.grad).abs().max() < 0.02 * x.grad.abs().max()


@pytest.mark.parametrize('impl', IMPLS)
def test_half_precision_in_half_precision_out(impl):
    module = _random_module(kernel_size=3, padding=1, impl=impl).float()
    x = torch.randn(1, 3, 6, 5)
    out = module.bfloat16()(x.bfloat16())
    assert out.dtype == torch.bfloat16
    assert torch.isfinite(out).all()


@pytest.mark.filterwarnings('ignore::torch.jit.TracerWarning')
@pytest.mark.parametrize('impl', ['auto', 'torch'])
def test_trace_holds_for_another_input(impl):
    module = _random_module(impl=impl).float()
    traced = torch.jit.trace(module, torch.randn(1, 3, 8, 6))
    for shape in ((1, 3, 8, 6), (2, 3, 11, 13)):
        x = torch.randn(shape)
        torch.testing.assert_close(traced(x), module(x), rtol=1e-5, atol=1e-5)


def test_auto_is_traced_as_plain_operators(monkeypatch):

    def fail(*args, **kwargs):
        raise AssertionError('not while tracing')

    for impl in ('numba', 'strips'):
        monkeypatch.setitem(DEFORM_CONV_IMPLS, impl, fail)
    module = ModulatedDeformConv2d(1, 2, 3, padding=1)
    x = torch.ones(1, 1, 4, 4)
    torch.jit.trace(module, x, check_trace=False)
    with pytest.raises(AssertionError, match='not while tracing'):
        module(x)


def test_unknown_implementation_is_refused():
    with pytest.raises(
            ValueError, match="impl must be 'auto' or one of .*'cuda12'"):
        ModulatedDeformConv2d(3, 4, impl='cuda12')
    with pytest.raises(ValueError, match="'torch'.*got 'auto'"):
        deform_conv_available('auto')


@pytest.fixture
def fresh_choice():
    """Forget which implementations were found and chosen, twice."""
    caches = (dcn.deform_conv_available,
              dcn.fastest_deform_conv)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


@pytest.mark.parametrize('impl', ['mmcv', 'torchvision'])
def test_missing_operator_is_named(impl, fresh_choice, monkeypatch):
    monkeypatch.setitem(dcn._REQUIRED_MODULES, impl,
                        'operators_that_nobody_installed')
    with pytest.raises(
            ImportError,
            match=f"impl='{impl}' needs operators_that_nobody_installed"):
        ModulatedDeformConv2d(3, 4, impl=impl)


@pytest.mark.parametrize('error', [ImportError, OSError, RuntimeError])
def test_operators_that_fail_to_import_do_not_count(error, fresh_choice,
                                                    monkeypatch):

    def fail(name):
        raise error(f'{name} was built for another version')

    monkeypatch.setattr(dcn.importlib, 'import_module', fail)
    assert not dcn.deform_conv_available('mmcv')
    assert dcn.deform_conv_available('torch')


@pytest.mark.parametrize('installed, chosen', [
    (('torch', 'strips', 'numba', 'mmcv', 'torchvision'),
     dict(cpu='numba', cuda='torchvision', npu='torch')),
    (('torch', 'strips', 'mmcv', 'torchvision'),
     dict(cpu='strips', cuda='torchvision', npu='torch')),
    (('torch', 'strips', 'mmcv'),
     dict(cpu='strips', cuda='mmcv', npu='torch')),
    (('torch', 'strips'), dict(cpu='strips', cuda='torch', npu='torch')),
], ids=str)
def test_auto_falls_back_to_what_is_installed(installed, chosen, fresh_choice,
                                              monkeypatch):
    monkeypatch.setattr(dcn, 'deform_conv_available',
                        installed.__contains__)
    for device, impl in chosen.items():
        assert dcn.fastest_deform_conv(device) == impl


def test_auto_takes_strips_for_double_precision_on_cpus(fresh_choice):
    fastest = dcn.fastest_deform_conv
    assert fastest('cpu', torch.float64) == 'strips'
    x = torch.randn(1, 3, 6, 6, dtype=torch.float64)
    module = _random_module()
    assert module(x).dtype == torch.float64
    module.impl = 'numba'
    with pytest.raises(TypeError, match='x must be float32 on the CPU'):
        module(x)
