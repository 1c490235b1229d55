"""Problems for deformable convolution, and its implementations."""
import pytest
import torch

from projects.dstransnet.models.layers import (
    DEFORM_CONV_IMPLS,
    deform_conv2d,
    deform_conv_available,
)
from projects.dstransnet.models.layers.deform_conv.module import (
    SINGLE_PRECISION_IMPLS,
)

NAMES = ('x', 'offset', 'mask', 'weight', 'bias')
IMPLS = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(
            not deform_conv_available(name),
            reason=f'the operator of {name} is not installed'))
    for name in DEFORM_CONV_IMPLS
]
DOUBLE_IMPLS = [
    impl for impl in IMPLS if impl.values[0] not in SINGLE_PRECISION_IMPLS
]


def problem(size, kernel, channels=(3, 4), n=2, dtype=torch.float64,
            device='cpu', spread=2.0, **geometry):
    """Return random arguments by name, and the geometry.

    Offsets reach outside the map; they and the mask are not below float32.
    """
    geometry = dict(stride=1, padding=0, dilation=1) | geometry
    (c_in, c_out), (kh, kw) = channels, kernel
    rows, cols = (
        (extent + 2 * geometry['padding'] - geometry['dilation'] *
         (taps - 1) - 1) // geometry['stride'] + 1
        for extent, taps in zip(size, kernel))
    shapes = ((n, c_in, *size), (n, 2 * kh * kw, rows, cols),
              (n, kh * kw, rows, cols), (c_out, c_in, kh, kw), (c_out, ))
    generator = torch.Generator().manual_seed(7)
    drawn = [torch.randn(shape, generator=generator, dtype=torch.float64)
             for shape in shapes]
    drawn[1] *= spread
    drawn[2] = drawn[2].sigmoid()
    exact = torch.promote_types(dtype, torch.float32)
    return {
        name: value.to(device, dtype if name in ('x', 'weight') else exact)
        .requires_grad_() for name, value in zip(NAMES, drawn)
    }, geometry


def run(operator, leaves, geometry, rounding=None):
    """Return the output and the gradients that are wanted, by name.

    That of the output is rounded to a dtype.
    """
    out = operator(**leaves, **geometry)
    wanted = {k: v for k, v in leaves.items() if v.requires_grad}
    cotangent = torch.randn(
        out.shape, generator=torch.Generator().manual_seed(8),
        dtype=torch.float64).to(rounding or out.dtype).to(out)
    grads = torch.autograd.grad(out, list(wanted.values()), cotangent)
    return dict(zip(('out', *wanted), (out.detach(), *grads)))


def reference(leaves, geometry):
    """Solve in float64 by plain operators, from the same numbers."""
    exact = {
        name: value.detach().cpu().double().requires_grad_(value.requires_grad)
        for name, value in leaves.items()
    }
    return run(deform_conv2d, exact, geometry, leaves['x'].dtype)


def assert_close(got, expected, tolerance):
    """Compare tensors by name, relative to each one's largest magnitude."""
    assert got.keys() == expected.keys()
    for name, value in expected.items():
        assert got[name].shape == value.shape, name
        error = (got[name].cpu().double() - value.cpu().double()).abs()
        scale = max(value.abs().max().item(), 1e-30)
        assert error.max().item() <= tolerance * scale, name
