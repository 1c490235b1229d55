"""Compiled CPU kernels: deformable sampling, depth-wise weight gradients.

Numba compiles them at first use, without a compiler on the machine, and keeps
the result on disk. That copy is renewed when this file changes, and only then,
so whatever is compiled into the kernels is in this file.

Maps are channels-last: the C channels of a pixel lie side by side, so that a
tap reads and writes whole vectors. C is 4 or a multiple of 16, and maps have
a border of zeros, which is the zero padding: no tap needs a test. The border
is one pixel for the sampling, two for the depth-wise 5 x 5 convolution.

Letters: G images of H x W pixels, without the border; K kernel points; P x Q
output positions, of which R rows at a time.
"""
from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, prange, types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.extending import (
    intrinsic,
    overload,
    register_model,
)
from numba.np.arrayobj import make_array

_F = np.float32

BLOCK = 16
"""Output positions whose taps are placed together, one a vector lane."""


class Vector(types.Type):
    """Numba's name of a vector of ``lanes`` float32 numbers."""

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes
        super().__init__(name=f'Vector({lanes})')


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    """A vector is one of LLVM's; it splits those that the CPU lacks."""

    def __init__(self, manager: Any, kind: Vector) -> None:
        super().__init__(manager, kind,
                         ir.VectorType(ir.FloatType(), kind.lanes))


def _address(context: Any, builder: Any, array_type: Any, array: Any,
             index: Any) -> Any:
    """Return the address of an element of a contiguous array."""
    data = make_array(array_type)(context, builder, array).data
    return builder.gep(data, [index])


def _spread(builder: Any, number: Any, lanes: int) -> Any:
    """Return a vector of one number."""
    kind = ir.VectorType(number.type, lanes)
    first = builder.insert_element(
        ir.Constant(kind, ir.Undefined), number,
        ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
    return builder.shuffle_vector(first, ir.Constant(kind, ir.Undefined),
                                  zeros)


@intrinsic(prefer_literal=True)
def empty(typing: Any, size: Any) -> Any:
    """Return a vector of zeros of a constant size: a type to hand on."""

    def generate(context: Any, builder: Any, signature: Any,
                 args: Any) -> Any:
        kind = context.get_value_type(signature.return_type)
        return ir.Constant(kind, [0.] * size.literal_value)

    return Vector(size.literal_value)(size), generate


def lanes(like: Any) -> int:
    """Return the number of lanes of a vector."""
    raise NotImplementedError('for compiled code only')


@overload(lanes)
def _lanes(like):  # type: ignore[no-untyped-def]
    number = like.lanes
    return lambda like: number


@intrinsic
def load(typing: Any, array: Any, index: Any, like: Any) -> Any:
    """Return the vector from ``array[index]`` on, of the type of ``like``."""

    def generate(context: Any, builder: Any, signature: Any,
                 args: Any) -> Any:
        kind = context.get_value_type(signature.return_type)
        address = _address(context, builder, array, args[0], args[1])
        return builder.load(
            builder.bitcast(address, kind.as_pointer()), align=4)

    return like(array, types.intp, like), generate


@intrinsic
def store(typing: Any, array: Any, index: Any, value: Any) -> Any:
    """Write a vector to ``array[index]`` and on."""

    def generate(context: Any, builder: Any, signature: Any,
                 args: Any) -> Any:
        address = _address(context, builder, array, args[0], args[1])
        address = builder.bitcast(address, args[2].type.as_pointer())
        builder.store(args[2], address, align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, value), generate


@intrinsic
def put(typing: Any, array: Any, index: Any, number: Any) -> Any:
    """Write ``array[index]``, with no test for an index below zero."""

    def generate(context: Any, builder: Any, signature: Any,
                 args: Any) -> Any:
        address = _address(context, builder, array, args[0], args[1])
        builder.store(args[2], address, align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, array.dtype), generate


@intrinsic
def element(typing: Any, array: Any, index: Any) -> Any:
    """Return ``array[index]``, with no test for an index below zero."""

    def generate(context: Any, builder: Any, signature: Any,
                 args: Any) -> Any:
        return builder.load(
            _address(context, builder, array, args[0], args[1]), align=4)

    return array.dtype(array, types.intp), generate


@intrinsic
def splat(typing: Any, number: Any, like: Any) -> Any:
    """Return a vector of one number."""

    def generate(context: Any, builder: Any, signature: Any,
                 args: Any) -> Any:
        return _spread(builder, args[0], like.lanes)

    return like(types.float32, like), generate


@intrinsic(prefer_literal=True)
def part_of(typing: Any, value: Any, index: Any) -> Any:
    """Return one number of a vector."""

    def generate(context: Any, builder: Any, signature: Any,
                 args: Any) -> Any:
        return builder.extract_element(
            args[0], ir.Constant(ir.IntType(32), index.literal_value))

    return types.float32(value, index), generate


@intrinsic
def floor(typing: Any, value: Any) -> Any:
    """Round down each number."""

    def generate(context: Any, builder: Any, signature: Any,
                 args: Any) -> Any:
        kind = args[0].type
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(kind, [kind]),
            f'llvm.floor.v{value.lanes}f32')
        return builder.call(function, args)

    return value(value), generate


@intrinsic
def where_less(typing: Any, a: Any, b: Any, yes: Any, no: Any) -> Any:
    """Choose by ``a < b``, which does not hold for NaN."""

    def generate(context: Any, builder: Any, signature: Any,
                 args: Any) -> Any:
        return builder.select(
            builder.fcmp_ordered('<', args[0], args[1]), args[2], args[3])

    return yes(a, b, yes, no), generate


@intrinsic
def totals(typing: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
    """Return the sums of four vectors, as one vector of four."""

    def generate(context: Any, builder: Any, signature: Any,
                 args: Any) -> Any:

        def halve(v: Any, w: Any, groups: int, size: int) -> Any:
            """Add the halves of each group in v and w side by side."""
            first = [group * size + i for group in range(groups)
                     for i in range(size // 2)]
            kind = ir.VectorType(ir.IntType(32), len(first))
            low = ir.Constant(kind, first)
            high = ir.Constant(kind, [i + size // 2 for i in first])
            return builder.fadd(builder.shuffle_vector(v, w, low),
                                builder.shuffle_vector(v, w, high))

        size = a.lanes
        value = halve(halve(args[0], args[1], 2, size),
                      halve(args[2], args[3], 2, size), 4, size // 2)
        size //= 4
        while size > 1:
            value = halve(value, value, 4, size)
            size //= 2
        return value

    return Vector(4)(a, b, c, d), generate


def _arithmetic(function: Any, instruction: str) -> None:
    """Give vectors an operator, which may be fused with another."""

    @intrinsic
    def compute(typing: Any, a: Any, b: Any) -> Any:

        def generate(context: Any, builder: Any, signature: Any,
                     args: Any) -> Any:
            return getattr(builder, instruction)(*args, flags=('contract', ))

        return a(a, b), generate

    @overload(function)
    def choose(a, b):  # type: ignore[no-untyped-def]
        if isinstance(a, Vector) and a == b:
            return lambda a, b: compute(a, b)
        return None


_arithmetic(operator.add, 'fadd')
_arithmetic(operator.sub, 'fsub')
_arithmetic(operator.mul, 'fmul')


@njit
def _between(position, extent):  # type: ignore[no-untyped-def]
    """Find the pixels beside positions along one axis.

    Positions outside the map are moved to its border of zeros.

    Returns:
        tuple: Pixel before the position, -1 to ``extent`` - 1, whatever the
        position is; part of the way to the next pixel, 0 to 1, or no number
        where the position is none; 1 for positions that can be moved, those
        within the map and its border, 0 for others.
    """
    one, zero = splat(_F(1), position), splat(_F(0), position)
    low, high = splat(_F(-1), position), splat(_F(extent), position)
    first = where_less(low, position, position, low)
    first = floor(where_less(first, high, first, high))
    first = where_less(first, high - one, first, high - one)
    kept = where_less(position, low, low, position)
    kept = where_less(high, kept, high, kept)
    inside = where_less(position, low, zero,
                        where_less(position, high, one, zero))
    return first, kept - first, inside


# Parts of a plan, each BLOCK numbers for each of K kernel points. Sums take
# the places of the weights, tap by tap.
_TOP, _LEFT, _DOWN, _RIGHT, _INSIDE_Y, _INSIDE_X = range(6)
_WEIGHTS, _SUMS, _PARTS = 6, 6, 10


@njit
def _read(source, image, i, maps, first):  # type: ignore[no-untyped-def]
    """Copy row i of maps (G, M, P, Q) to a row's maps, from ``first`` on."""
    g, row = np.uintp(image), np.uintp(i)
    count, cols, span = source.shape[1], source.shape[3], maps.shape[1]
    flat = maps.reshape(-1)
    if source.strides[3] <= source.strides[1]:
        for k in range(count):
            for j in range(cols):
                put(flat, (first + k) * span + j,
                    source[g, np.uintp(k), row, np.uintp(j)])
    else:
        for j in range(cols):
            for k in range(count):
                put(flat, (first + k) * span + j,
                    source[g, np.uintp(k), row, np.uintp(j)])


@njit
def _write(target, image, i, maps, first):  # type: ignore[no-untyped-def]
    """Copy a row's maps, from ``first`` on, to row i of (G, M, P, Q)."""
    g, row = np.uintp(image), np.uintp(i)
    count, cols, span = target.shape[1], target.shape[3], maps.shape[1]
    flat = maps.reshape(-1)
    if target.strides[3] <= target.strides[1]:
        for k in range(count):
            for j in range(cols):
                target[g, np.uintp(k), row, np.uintp(j)] = element(
                    flat, (first + k) * span + j)
    else:
        for j in range(cols):
            for k in range(count):
                target[g, np.uintp(k), row, np.uintp(j)] = element(
                    flat, (first + k) * span + j)


@njit
def _row_of_maps(offset, mask, image, i):  # type: ignore[no-untyped-def]
    """Return the offsets and the mask of an output row, (3K, whole blocks).

    A row at a time, as the maps may lie far apart, or side by side.
    """
    points, cols = mask.shape[1], mask.shape[3]
    blocks = (cols + BLOCK - 1) // BLOCK
    maps = np.zeros((3 * points, blocks * BLOCK), _F)
    _read(offset, image, i, maps, 0)
    _read(mask, image, i, maps, 2 * points)
    return maps


@njit
def _place(maps, i, first_col, shape, geometry, plan):  # type: ignore
    """Write a plan: where a block's taps lie, and what they count.

    Args:
        maps (np.ndarray): Of :func:`_row_of_maps`.
        i (int): Output row of the block.
        first_col (int): Output column of the block's first position.
        shape (tuple[int, int, int]): H, W and C.
        geometry (tuple[int, int, int, int]): Kernel points a row of the
            kernel, stride, padding, dilation.
        plan (np.ndarray): Written, (10 * K * 16, ).
    """
    width, stride, padding, dilation = geometry
    points, span = maps.shape[0] // 3, maps.shape[1]
    part = points * BLOCK
    flat = maps.reshape(-1)
    like = empty(BLOCK)
    one = splat(_F(1), like)
    steps = np.empty(BLOCK, _F)
    for lane in range(BLOCK):
        steps[lane] = (first_col + lane) * stride
    along = load(steps, 0, like)
    for k in range(points):
        n = k * BLOCK
        from_map = 2 * k * span + first_col
        y = i * stride + k // width * dilation - padding
        x = k % width * dilation - padding
        top, down, inside_y = _between(
            splat(_F(y), like) + load(flat, from_map, like), shape[0])
        left, right, inside_x = _between(
            along + splat(_F(x), like)
            + load(flat, from_map + span, like), shape[1])
        store(plan, _TOP * part + n, top)
        store(plan, _LEFT * part + n, left)
        store(plan, _DOWN * part + n, down)
        store(plan, _RIGHT * part + n, right)
        store(plan, _INSIDE_Y * part + n, inside_y)
        store(plan, _INSIDE_X * part + n, inside_x)
        amount = load(flat, (2 * points + k) * span + first_col, like)
        above, below = (one - down) * amount, down * amount
        n += _WEIGHTS * part
        store(plan, n, above * (one - right))
        store(plan, n + part, above * right)
        store(plan, n + 2 * part, below * (one - right))
        store(plan, n + 3 * part, below * right)


@njit
def _pixel(plan, n, part, pitch, channels):  # type: ignore[no-untyped-def]
    """Return where the top left pixel of a plan's tap begins."""
    return (int(element(plan, n)) * pitch
            + int(element(plan, part + n)) * channels)


@njit
def _corner_weights(plan, w, part, like):  # type: ignore[no-untyped-def]
    """Return the weights of the four pixels of a plan's tap, as vectors."""
    return (splat(element(plan, w), like),
            splat(element(plan, w + part), like),
            splat(element(plan, w + 2 * part), like),
            splat(element(plan, w + 3 * part), like))


@njit
def _sample_row(x, shape, offset, mask, columns, image, i,  # type: ignore
                row, geometry, like):
    """Fill the columns of an output row by vectors of the type of ``like``."""
    # Known to the compiler where it is four.
    width, channels = shape[1], 4 if lanes(like) == 4 else shape[2]
    points, cols = mask.shape[1], mask.shape[3]
    part = points * BLOCK
    plan = np.empty(_PARTS * part, _F)
    maps = _row_of_maps(offset, mask, image, i)
    pitch = (width + 2) * channels
    origin = (image * (shape[0] + 2) + 1) * pitch + channels
    to = row * cols * points * channels
    for first_col in range(0, cols, BLOCK):
        _place(maps, i, first_col, shape, geometry, plan)
        for lane in range(min(BLOCK, cols - first_col)):
            for n in range(lane, part + lane, BLOCK):
                at = origin + _pixel(plan, n, part, pitch, channels)
                w = n + _WEIGHTS * part
                w00, w01, w10, w11 = _corner_weights(plan, w, part, like)
                for c in range(at, at + channels, lanes(like)):
                    store(columns, to,
                          w00 * load(x, c, like)
                          + w01 * load(x, c + channels, like)
                          + w10 * load(x, c + pitch, like)
                          + w11 * load(x, c + pitch + channels, like))
                    to += lanes(like)


@njit
def _add(array, index, value):  # type: ignore[no-untyped-def]
    """Add a vector to ``array[index]`` and on."""
    store(array, index, load(array, index, value) + value)


@njit
def _move(plan, maps, first_col):  # type: ignore[no-untyped-def]
    """Put the gradients of a block's offsets and mask in place of these.

    A plan's sums are over the channels, of the columns' gradient times one of
    the four pixels.
    """
    like = empty(BLOCK)
    one = splat(_F(1), like)
    points, span = maps.shape[0] // 3, maps.shape[1]
    part = points * BLOCK
    flat = maps.reshape(-1)
    for k in range(points):
        n = k * BLOCK
        s = n + _SUMS * part
        s00, s01 = load(plan, s, like), load(plan, s + part, like)
        s10 = load(plan, s + 2 * part, like)
        s11 = load(plan, s + 3 * part, like)
        down = load(plan, _DOWN * part + n, like)
        right = load(plan, _RIGHT * part + n, like)
        to_offset = 2 * k * span + first_col
        to_mask = (2 * points + k) * span + first_col
        amount = load(flat, to_mask, like)
        inside_y = load(plan, _INSIDE_Y * part + n, like)
        inside_x = load(plan, _INSIDE_X * part + n, like)
        left = one - right
        above, below = left * s00 + right * s01, left * s10 + right * s11
        before = (one - down) * s00 + down * s10
        after = (one - down) * s01 + down * s11
        store(flat, to_offset, amount * inside_y * (below - above))
        store(flat, to_offset + span, amount * inside_x * (after - before))
        store(flat, to_mask, (one - down) * above + down * below)


@njit
def _differentiate_row(x, shape, offset, mask, columns,  # type: ignore
                       grad_x, grad_origin, grad_offset, grad_mask, image, i,
                       row, geometry, like):
    """Turn gradients of an output row's columns into those of all inputs."""
    # Known to the compiler where it is four.
    width, channels = shape[1], 4 if lanes(like) == 4 else shape[2]
    points, cols = mask.shape[1], mask.shape[3]
    part = points * BLOCK
    plan = np.empty(_PARTS * part, _F)
    maps = _row_of_maps(offset, mask, image, i)
    pitch = (width + 2) * channels
    origin = (image * (shape[0] + 2) + 1) * pitch + channels
    # From an element of the input to that of its gradient.
    over = grad_origin + pitch + channels - origin
    want_x = grad_x.size > 0
    to = row * cols * points * channels
    for first_col in range(0, cols, BLOCK):
        _place(maps, i, first_col, shape, geometry, plan)
        for lane in range(min(BLOCK, cols - first_col)):
            for n in range(lane, part + lane, BLOCK):
                at = origin + _pixel(plan, n, part, pitch, channels)
                w = n + _WEIGHTS * part
                w00, w01, w10, w11 = _corner_weights(plan, w, part, like)
                zero = splat(_F(0), like)
                s00, s01, s10, s11 = zero, zero, zero, zero
                for c in range(at, at + channels, lanes(like)):
                    grad = load(columns, to, like)
                    a = load(x, c, like)
                    b = load(x, c + channels, like)
                    d = load(x, c + pitch, like)
                    e = load(x, c + pitch + channels, like)
                    s00 = s00 + grad * a
                    s01 = s01 + grad * b
                    s10 = s10 + grad * d
                    s11 = s11 + grad * e
                    store(columns, to, w00 * a + w01 * b + w10 * d + w11 * e)
                    to += lanes(like)
                    if want_x:
                        c_to = c + over
                        _add(grad_x, c_to, w00 * grad)
                        _add(grad_x, c_to + channels, w01 * grad)
                        _add(grad_x, c_to + pitch, w10 * grad)
                        _add(grad_x, c_to + pitch + channels, w11 * grad)
                sums = totals(s00, s01, s10, s11)
                put(plan, w, part_of(sums, 0))
                put(plan, w + part, part_of(sums, 1))
                put(plan, w + 2 * part, part_of(sums, 2))
                put(plan, w + 3 * part, part_of(sums, 3))
        _move(plan, maps, first_col)
    _write(grad_offset, image, i, maps, 0)
    _write(grad_mask, image, i, maps, 2 * points)


@njit
def _sample_task(t, x, shape, offset, mask, columns,  # type: ignore
                 first_image, first_row, rows, geometry):
    """Sample row t of a strip."""
    image, i = first_image + t // rows, first_row + t % rows
    if shape[2] == 4:
        _sample_row(x, shape, offset, mask, columns, image, i, t, geometry,
                    empty(4))
    else:
        _sample_row(x, shape, offset, mask, columns, image, i, t, geometry,
                    empty(16))


@njit
def _differentiate_task(t, x, shape, offset, mask, columns,  # type: ignore
                        grad_x, parts, grad_offset, grad_mask, first_image,
                        first_row, rows, geometry):
    """Differentiate part t of a strip: some rows of one image."""
    group, part = t // parts, t % parts
    image = first_image + group
    share = (rows + parts - 1) // parts
    pixels = (shape[0] + 2) * (shape[1] + 2)
    grad_origin = (part * mask.shape[0] + image) * pixels * shape[2]
    for r in range(part * share, min((part + 1) * share, rows)):
        row, i = group * rows + r, first_row + r
        if shape[2] == 4:
            _differentiate_row(x, shape, offset, mask, columns, grad_x,
                               grad_origin, grad_offset, grad_mask, image, i,
                               row, geometry, empty(4))
        else:
            _differentiate_row(x, shape, offset, mask, columns, grad_x,
                               grad_origin, grad_offset, grad_mask, image, i,
                               row, geometry, empty(16))


def _sample_serial(x, shape, offset, mask, columns,  # type: ignore
                   first_image, first_row, images, rows, geometry):
    for t in range(images * rows):
        _sample_task(t, x, shape, offset, mask, columns, first_image,
                     first_row, rows, geometry)


def _sample_parallel(x, shape, offset, mask, columns,  # type: ignore
                     first_image, first_row, images, rows, geometry):
    for t in prange(images * rows):
        _sample_task(t, x, shape, offset, mask, columns, first_image,
                     first_row, rows, geometry)


def _differentiate_serial(x, shape, offset, mask, columns,  # type: ignore
                          grad_x, parts, grad_offset, grad_mask, first_image,
                          first_row, images, rows, geometry):
    for t in range(images * parts):
        _differentiate_task(t, x, shape, offset, mask, columns, grad_x, parts,
                            grad_offset, grad_mask, first_image, first_row,
                            rows, geometry)


def _differentiate_parallel(x, shape, offset, mask, columns,  # type: ignore
                            grad_x, parts, grad_offset, grad_mask, first_image,
                            first_row, images, rows, geometry):
    for t in prange(images * parts):
        _differentiate_task(t, x, shape, offset, mask, columns, grad_x, parts,
                            grad_offset, grad_mask, first_image, first_row,
                            rows, geometry)


@njit
def _correlate_row(x, at, grad, grad_at, width, channels,  # type: ignore
                   sums, to, like):
    """Add the products of a row of grad with a row of x at five shifts."""
    a = load(sums, to, like)
    b = load(sums, to + channels, like)
    c = load(sums, to + 2 * channels, like)
    d = load(sums, to + 3 * channels, like)
    e = load(sums, to + 4 * channels, like)
    for _ in range(width):
        value = load(grad, grad_at, like)
        a = a + value * load(x, at, like)
        b = b + value * load(x, at + channels, like)
        c = c + value * load(x, at + 2 * channels, like)
        d = d + value * load(x, at + 3 * channels, like)
        e = e + value * load(x, at + 4 * channels, like)
        at += channels
        grad_at += channels
    store(sums, to, a)
    store(sums, to + channels, b)
    store(sums, to + 2 * channels, c)
    store(sums, to + 3 * channels, d)
    store(sums, to + 4 * channels, e)


@njit
def _correlate_part(t, x, grad, sums, shape, like):  # type: ignore
    """Correlate part t of all rows of grad, by vectors like ``like``."""
    height, width, channels = shape
    rows = len(grad) // (width * channels)
    pitch = (width + 4) * channels
    parts, flat = sums.shape[0], sums.reshape(-1)
    sums[t] = 0
    for r in range(t * rows // parts, (t + 1) * rows // parts):
        top = r // height * (height + 4) + r % height
        for u in range(5):
            for c in range(0, channels, lanes(like)):
                _correlate_row(x, (top + u) * pitch + c, grad,
                               r * width * channels + c, width, channels,
                               flat, (5 * t + u) * 5 * channels + c, like)


@njit
def _correlate_task(t, x, grad, sums, shape):  # type: ignore
    """Correlate part t of all rows of grad."""
    if shape[2] == 4:
        _correlate_part(t, x, grad, sums, shape, empty(4))
    elif shape[2] == 8:
        _correlate_part(t, x, grad, sums, shape, empty(8))
    else:
        _correlate_part(t, x, grad, sums, shape, empty(16))


def _correlate_serial(x, grad, sums, shape):  # type: ignore
    for t in range(sums.shape[0]):
        _correlate_task(t, x, grad, sums, shape)


def _correlate_parallel(x, grad, sums, shape):  # type: ignore
    for t in prange(sums.shape[0]):
        _correlate_task(t, x, grad, sums, shape)


_N, _FLAT, _MAPS = types.intp, types.float32[::1], types.float32[:, :, :, :]
_SHAPE, _GEOMETRY = types.UniTuple(_N, 3), types.UniTuple(_N, 4)
_KERNELS: dict[str, tuple[Callable[..., None], Callable[..., None], Any]] = {
    'sample': (_sample_serial, _sample_parallel, types.void(
        _FLAT, _SHAPE, _MAPS, _MAPS, _FLAT, _N, _N, _N, _N, _GEOMETRY)),
    'differentiate': (_differentiate_serial, _differentiate_parallel,
                      types.void(_FLAT, _SHAPE, _MAPS, _MAPS, _FLAT, _FLAT,
                                 _N, _MAPS, _MAPS, _N, _N, _N, _N,
                                 _GEOMETRY)),
    'correlate': (_correlate_serial, _correlate_parallel, types.void(
        _FLAT, _FLAT, types.float32[:, ::1], _SHAPE)),
}


@functools.cache
def kernel(name: str, parallel: bool) -> Callable[..., None]:
    """Return a kernel, compiled now where no copy of it is on disk.

    Compiling takes some seconds. What one thread runs and what many run are
    compiled from two functions, as the copies on disk are told apart by the
    function: the first must never enter numba's pool of threads.

    Args:
        name (str): ``'correlate'``, see below, ``'sample'``, which fills the
            columns of a strip, or ``'differentiate'``, which turns their
            gradient into those of all inputs and fills them again for the
            gradient of the weight. The arguments of the last two, in this
            order:

            - x: input, (G * (H + 2) * (W + 2) * C, );
            - shape: H, W and C; offset: (G, 2K, P, Q); mask: (G, K, P, Q);
            - columns: (images * rows * Q * K * C, ), written;
            - for ``'differentiate'``, grad_x: added to, some copies of the
              size of x, or empty; parts: number of copies, each of which one
              thread adds to; grad_offset and grad_mask: written;
            - first image, first output row, images and rows of the strip;
            - kernel points a row of the kernel, stride, padding, dilation.

            Those of ``'correlate'``, which gives the gradient of the weight
            of a depth-wise 5 x 5 convolution that keeps the size:

            - x: input, (G * (H + 4) * (W + 4) * C, ); here C may be 8 too;
            - grad: gradient of the output, (G * H * W * C, );
            - sums: (parts, 5 * 5 * C), written, over a part of the rows each;
            - shape: H, W and C.
        parallel (bool): Whether it runs in numba's threads.
    """
    serial_function, parallel_function, signature = _KERNELS[name]
    function = parallel_function if parallel else serial_function
    options: dict[str, Any] = dict(parallel=parallel, nogil=True,
                                   error_model='numpy')
    try:
        return njit(signature, cache=True, **options)(function)
    except RuntimeError:
        # No folder to keep the compiled code in can be written to.
        return njit(signature, **options)(function)
