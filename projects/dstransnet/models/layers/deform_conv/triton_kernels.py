"""Triton kernels of modulated deformable convolution.

Importing this module needs Triton. Every kernel reads the input again where
another would store columns: samples, modulation and matrix product meet in
registers, so the K x C values of a position never reach memory.

Letters: N batch, C input channels, O output channels (C_OUT in code), K kernel
points, H x W input pixels, P x Q output positions, M = N P Q, area = P Q.
Memory: input and its gradient (N, H, W, C), offset (N, 2K, P, Q), mask
(N, K, P, Q), output (N, O, P, Q) or, as CHANNELS_LAST, (N, P, Q, O).
"""
from __future__ import annotations

from typing import Any

import triton
import triton.language as tl


@triton.jit
def _split(position, extent):
    """Split positions into whole pixels and fractions.

    Positions far outside move to where both pixels are still outside, so the
    conversion to an integer is defined. NaN becomes such a pixel, too, and
    stays NaN in its fraction.
    """
    low, high = -2.0, extent + 1.0
    near = tl.where(position < low, low, position)
    near = tl.where(near > high, high, near)
    floor = tl.floor(near)
    pixel = tl.where(floor == floor, floor, low).to(tl.int32)
    return pixel, near - floor


@triton.jit
def _corner(rows, y, x, valid, height, width):
    """Return the number of a pixel, and whether there is such a pixel."""
    inside = valid & (y >= 0) & (y < height) & (x >= 0) & (x < width)
    return (rows + y) * width + x, inside


@triton.jit
def _corners(offset_ptr, mask_ptr, m, k, M, area, height, width, cols,
             K: tl.constexpr, KERNEL_WIDTH: tl.constexpr,
             STRIDE: tl.constexpr, PADDING: tl.constexpr,
             DILATION: tl.constexpr):
    """Locate the samples of positions m at kernel point k.

    Returns:
        The four pixels around each (top left, top right, bottom left, bottom
        right) as a number and whether it exists, the fractions of a pixel
        down and right of the first, and the mask.
    """
    valid = m < M
    image, position = m // area, m % area
    point = image * K + k
    share = tl.load(mask_ptr + point * area + position, mask=valid, other=0.0)
    offset_ptr += 2 * point * area + position
    y = (position // cols) * STRIDE - PADDING + (k // KERNEL_WIDTH) * DILATION
    x = (position % cols) * STRIDE - PADDING + (k % KERNEL_WIDTH) * DILATION
    top, down = _split(
        y.to(tl.float32) + tl.load(offset_ptr, mask=valid, other=0.0), height)
    left, right = _split(
        x.to(tl.float32) + tl.load(offset_ptr + area, mask=valid, other=0.0),
        width)
    rows = image * height
    p00, i00 = _corner(rows, top, left, valid, height, width)
    p01, i01 = _corner(rows, top, left + 1, valid, height, width)
    p10, i10 = _corner(rows, top + 1, left, valid, height, width)
    p11, i11 = _corner(rows, top + 1, left + 1, valid, height, width)
    return p00, i00, p01, i01, p10, i10, p11, i11, down, right, share


@triton.jit
def _read(x_ptr, pixel, inside, c, C: tl.constexpr):
    """Read channels of pixels in float32, zero where there is no pixel."""
    return tl.load(
        x_ptr + pixel[:, None] * C + c[None, :],
        mask=inside[:, None] & (c < C)[None, :],
        other=0.0).to(tl.float32)


@triton.jit
def _weights(down, right):
    """Return the weights of the four pixels, in the order of _corners."""
    above, left = 1 - down, 1 - right
    return above * left, above * right, down * left, down * right


@triton.jit
def _columns(x_ptr, p00, i00, p01, i01, p10, i10, p11, i11, down, right,
             share, c, C: tl.constexpr):
    """Return modulated samples, (positions, channels); of _corners, c."""
    w00, w01, w10, w11 = _weights(down, right)
    columns = (share * w00)[:, None] * _read(x_ptr, p00, i00, c, C)
    columns += (share * w01)[:, None] * _read(x_ptr, p01, i01, c, C)
    columns += (share * w10)[:, None] * _read(x_ptr, p10, i10, c, C)
    columns += (share * w11)[:, None] * _read(x_ptr, p11, i11, c, C)
    return columns


@triton.jit
def _output_index(m, o, area, C_OUT: tl.constexpr,
                  CHANNELS_LAST: tl.constexpr):
    """Return where channels o of positions m lie in an output-sized map."""
    if CHANNELS_LAST:
        index = m[:, None] * C_OUT + o[None, :]
    else:
        first = m // area * C_OUT * area + m % area
        index = first[:, None] + o[None, :] * area
    return index


INTERPRETED = not any(
    isinstance(function, triton.JITFunction) for function in (_split, tl.cdiv))
"""True if the kernels run in Triton's interpreter, which takes CPU tensors.

Triton decides that for its own functions when it is imported, for these when
this module is.
"""

_BLOCKS = ('BLOCK_M', 'BLOCK_C', 'BLOCK_O')


def _configs(*blocks: tuple[int, int, int, int]) -> list[triton.Config]:
    """Return configs of blocks of M, C and O, and warps.

    The first has to fit all channels. The interpreter has nothing to tune: it
    gets the smallest blocks.
    """
    if INTERPRETED:
        blocks = ((16, 16, 16, 1), )
    return [
        triton.Config(
            dict(zip(_BLOCKS, sizes)), num_warps=warps, num_stages=2)
        for *sizes, warps in blocks
    ]


def _fitting(configs: list[triton.Config], named: dict[str, Any],
             **constants: Any) -> list[triton.Config]:
    """Leave out blocks that are larger than the channels need."""
    sizes = {**named, **constants}
    largest = {
        block: max(16, triton.next_power_of_2(sizes[name]))
        for block, name in (('BLOCK_C', 'C'), ('BLOCK_O', 'C_OUT'))
    }

    def fits(config: triton.Config) -> bool:
        return all(config.kwargs[block] <= size
                   for block, size in largest.items())

    return [config for config in configs if fits(config)] or configs[:1]


_TUNING: dict[str, Any] = dict(
    key=['size_class', 'C', 'C_OUT', 'K', 'PRECISION'],
    prune_configs_by=dict(early_config_prune=_fitting))


@triton.autotune(
    configs=_configs((64, 16, 16, 4), (128, 16, 32, 4), (32, 32, 64, 4),
                     (128, 32, 64, 8), (64, 32, 128, 8)),
    **_TUNING)
@triton.jit
def forward_kernel(x_ptr, offset_ptr, mask_ptr, weight_ptr, bias_ptr, out_ptr,
                   M, area, height, width, cols, size_class, C: tl.constexpr,
                   C_OUT: tl.constexpr, K: tl.constexpr,
                   KERNEL_WIDTH: tl.constexpr, STRIDE: tl.constexpr,
                   PADDING: tl.constexpr, DILATION: tl.constexpr,
                   HAS_BIAS: tl.constexpr, CHANNELS_LAST: tl.constexpr,
                   PRECISION: tl.constexpr, FACTOR: tl.constexpr,
                   INDEX: tl.constexpr, BLOCK_M: tl.constexpr,
                   BLOCK_C: tl.constexpr, BLOCK_O: tl.constexpr):
    """Output of BLOCK_M positions and BLOCK_O channels; weight (K, C, O)."""
    m = tl.program_id(0).to(INDEX) * BLOCK_M + tl.arange(0, BLOCK_M)
    o = tl.program_id(1).to(INDEX) * BLOCK_O + tl.arange(0, BLOCK_O)
    total = tl.zeros((BLOCK_M, BLOCK_O), tl.float32)
    for k in range(K):
        p00, i00, p01, i01, p10, i10, p11, i11, down, right, share = _corners(
            offset_ptr, mask_ptr, m, k, M, area, height, width, cols, K,
            KERNEL_WIDTH, STRIDE, PADDING, DILATION)
        for first in range(0, C, BLOCK_C):
            c = first + tl.arange(0, BLOCK_C)
            columns = _columns(x_ptr, p00, i00, p01, i01, p10, i10, p11, i11,
                               down, right, share, c, C)
            weight = tl.load(
                weight_ptr + (k * C + c)[:, None] * C_OUT + o[None, :],
                mask=(c < C)[:, None] & (o < C_OUT)[None, :],
                other=0.0)
            total = tl.dot(
                columns.to(FACTOR),
                weight.to(FACTOR),
                total,
                input_precision=PRECISION)
    if HAS_BIAS:
        total += tl.load(bias_ptr + o, mask=o < C_OUT, other=0.0)[None, :]
    tl.store(
        out_ptr + _output_index(m, o, area, C_OUT, CHANNELS_LAST),
        total.to(out_ptr.dtype.element_ty),
        mask=(m < M)[:, None] & (o < C_OUT)[None, :])


@triton.jit
def _scatter(grad_x_ptr, pixel, inside, c, values, C: tl.constexpr):
    """Add values to channels of pixels, in no fixed order of programs."""
    tl.atomic_add(
        grad_x_ptr + pixel[:, None] * C + c[None, :],
        values,
        mask=inside[:, None] & (c < C)[None, :],
        sem='relaxed')


@triton.autotune(
    configs=_configs((64, 16, 16, 4), (64, 16, 32, 4), (128, 16, 32, 8),
                     (64, 32, 64, 8), (32, 64, 64, 4)),
    reset_to_zero=['grad_x_ptr'],
    **_TUNING)
@triton.jit
def sample_gradient_kernel(
        x_ptr, offset_ptr, mask_ptr, weight_ptr, grad_out_ptr, grad_x_ptr,
        grad_offset_ptr, grad_mask_ptr, M, area, height, width, cols,
        size_class, C: tl.constexpr, C_OUT: tl.constexpr, K: tl.constexpr,
        KERNEL_WIDTH: tl.constexpr, STRIDE: tl.constexpr,
        PADDING: tl.constexpr, DILATION: tl.constexpr, NEED_X: tl.constexpr,
        CHANNELS_LAST: tl.constexpr, PRECISION: tl.constexpr,
        FACTOR: tl.constexpr, INDEX: tl.constexpr, BLOCK_M: tl.constexpr,
        BLOCK_C: tl.constexpr, BLOCK_O: tl.constexpr):
    """Gradients of input, offset and mask by BLOCK_M positions at one point.

    The gradient of the columns is a product with weight (K, O, C). Summed
    over channels against each corner's pixels, it gives those of offset and
    mask.
    """
    m = tl.program_id(0).to(INDEX) * BLOCK_M + tl.arange(0, BLOCK_M)
    k = tl.program_id(1).to(INDEX)
    p00, i00, p01, i01, p10, i10, p11, i11, down, right, share = _corners(
        offset_ptr, mask_ptr, m, k, M, area, height, width, cols, K,
        KERNEL_WIDTH, STRIDE, PADDING, DILATION)
    w00, w01, w10, w11 = _weights(down, right)
    s00 = tl.zeros((BLOCK_M, ), tl.float32)
    s01 = tl.zeros((BLOCK_M, ), tl.float32)
    s10 = tl.zeros((BLOCK_M, ), tl.float32)
    s11 = tl.zeros((BLOCK_M, ), tl.float32)
    for first in range(0, C, BLOCK_C):
        c = first + tl.arange(0, BLOCK_C)
        grad = tl.zeros((BLOCK_M, BLOCK_C), tl.float32)
        for first_o in range(0, C_OUT, BLOCK_O):
            o = first_o + tl.arange(0, BLOCK_O).to(INDEX)
            grad_out = tl.load(
                grad_out_ptr + _output_index(m, o, area, C_OUT, CHANNELS_LAST),
                mask=(m < M)[:, None] & (o < C_OUT)[None, :],
                other=0.0)
            weight = tl.load(
                weight_ptr + (k * C_OUT + o)[:, None] * C + c[None, :],
                mask=(o < C_OUT)[:, None] & (c < C)[None, :],
                other=0.0)
            grad = tl.dot(
                grad_out.to(FACTOR),
                weight.to(FACTOR),
                grad,
                input_precision=PRECISION)
        s00 += tl.sum(grad * _read(x_ptr, p00, i00, c, C), axis=1)
        s01 += tl.sum(grad * _read(x_ptr, p01, i01, c, C), axis=1)
        s10 += tl.sum(grad * _read(x_ptr, p10, i10, c, C), axis=1)
        s11 += tl.sum(grad * _read(x_ptr, p11, i11, c, C), axis=1)
        if NEED_X:
            grad = grad * share[:, None]
            _scatter(grad_x_ptr, p00, i00, c, grad * w00[:, None], C)
            _scatter(grad_x_ptr, p01, i01, c, grad * w01[:, None], C)
            _scatter(grad_x_ptr, p10, i10, c, grad * w10[:, None], C)
            _scatter(grad_x_ptr, p11, i11, c, grad * w11[:, None], C)
    point = m // area * K + k
    place = point * area + m % area
    tl.store(
        grad_mask_ptr + place,
        w00 * s00 + w01 * s01 + w10 * s10 + w11 * s11,
        mask=m < M)
    grad_y = (1 - right) * (s10 - s00) + right * (s11 - s01)
    grad_x = (1 - down) * (s01 - s00) + down * (s11 - s10)
    grad_offset_ptr += place + point * area
    tl.store(grad_offset_ptr, share * grad_y, mask=m < M)
    tl.store(grad_offset_ptr + area, share * grad_x, mask=m < M)


@triton.autotune(
    configs=_configs((64, 16, 16, 4), (64, 16, 32, 4), (64, 32, 64, 4),
                     (64, 64, 64, 4), (32, 64, 128, 8)),
    **_TUNING)
@triton.jit
def weight_gradient_kernel(x_ptr, offset_ptr, mask_ptr, grad_out_ptr,
                           partial_ptr, M, area, height, width, cols,
                           size_class, C: tl.constexpr, C_OUT: tl.constexpr,
                           K: tl.constexpr, KERNEL_WIDTH: tl.constexpr,
                           STRIDE: tl.constexpr, PADDING: tl.constexpr,
                           DILATION: tl.constexpr,
                           CHANNELS_LAST: tl.constexpr,
                           PRECISION: tl.constexpr, FACTOR: tl.constexpr,
                           INDEX: tl.constexpr, BLOCK_M: tl.constexpr,
                           BLOCK_C: tl.constexpr, BLOCK_O: tl.constexpr):
    """Gradient of the weight from one share of the positions.

    Axis 0 of the grid is kernel point, block of C, block of O, the last
    fastest; axis 1 the share. Output (shares, K, C, O).
    """
    blocks_c: tl.constexpr = (C + BLOCK_C - 1) // BLOCK_C
    blocks_o: tl.constexpr = (C_OUT + BLOCK_O - 1) // BLOCK_O
    tile, part = tl.program_id(0), tl.program_id(1)
    k = tile // (blocks_c * blocks_o)
    c = tile // blocks_o % blocks_c * BLOCK_C + tl.arange(0, BLOCK_C)
    o = (tile % blocks_o * BLOCK_O + tl.arange(0, BLOCK_O)).to(INDEX)
    blocks = tl.cdiv(M, BLOCK_M)
    blocks_a_part = tl.cdiv(blocks, tl.num_programs(1))
    start = part.to(INDEX) * blocks_a_part
    total = tl.zeros((BLOCK_C, BLOCK_O), tl.float32)
    for step in range(tl.minimum(blocks_a_part, blocks - start)):
        m = (start + step) * BLOCK_M + tl.arange(0, BLOCK_M)
        p00, i00, p01, i01, p10, i10, p11, i11, down, right, share = _corners(
            offset_ptr, mask_ptr, m, k, M, area, height, width, cols, K,
            KERNEL_WIDTH, STRIDE, PADDING, DILATION)
        columns = _columns(x_ptr, p00, i00, p01, i01, p10, i10, p11, i11,
                           down, right, share, c, C)
        grad_out = tl.load(
            grad_out_ptr + _output_index(m, o, area, C_OUT, CHANNELS_LAST),
            mask=(m < M)[:, None] & (o < C_OUT)[None, :],
            other=0.0)
        total = tl.dot(
            tl.trans(columns.to(FACTOR)),
            grad_out.to(FACTOR),
            total,
            input_precision=PRECISION)
    row = (part.to(INDEX) * K + k) * C + c
    tl.store(
        partial_ptr + row[:, None] * C_OUT + o[None, :],
        total,
        mask=(c < C)[:, None] & (o < C_OUT)[None, :])
