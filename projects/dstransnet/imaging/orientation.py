"""Orientation tags of TIFF files.

Every reader of this package returns pixels as they are stored, so that an
image always fits its mask. PNG, JPEG and WebP decoders can be told to ignore
the tag; TIFF decoders turn the image anyway, so they get a file without it.
"""
from __future__ import annotations

import struct
from typing import NamedTuple

_ORIENTATION = 274
_UPRIGHT = 1


class _Kind(NamedTuple):
    """Layout of a TIFF directory: :mod:`struct` codes and sizes in bytes."""
    pointer: str  # to the next directory
    first: int  # place of the first pointer
    number: str  # of entries
    entry: int  # size of an entry
    value: int  # place of the value in an entry


_KINDS = {42: _Kind('I', 4, 'H', 12, 8), 43: _Kind('Q', 8, 'Q', 20, 12)}


def as_stored(data: bytes) -> bytes:
    """Set the orientation of every page of a TIFF file to upright.

    Args:
        data (bytes): The whole file, of any format.

    Returns:
        bytes: The file; unchanged where it is no TIFF, has no such tag or is
        damaged (which the decoder reports).

    Reference:
        TIFF 6.0, sections 2 and 8; BigTIFF.

    Examples:
        >>> as_stored(b'no TIFF')
        b'no TIFF'
    """
    order = {b'II': '<', b'MM': '>'}.get(data[:2])
    if order is None or len(data) < 16:
        return data
    kind = _KINDS.get(struct.unpack_from(order + 'H', data, 2)[0])
    if kind is None:
        return data
    changed, seen, link = bytearray(data), set(), kind.first
    try:
        while True:
            start, = struct.unpack_from(order + kind.pointer, data, link)
            if start == 0 or start in seen:
                break
            seen.add(start)
            entries, = struct.unpack_from(order + kind.number, data, start)
            first = start + struct.calcsize(kind.number)
            link = first + entries * kind.entry
            for place in range(first, min(link, len(data)), kind.entry):
                if struct.unpack_from(order + 'H', data, place)[
                        0] == _ORIENTATION:
                    struct.pack_into(
                        order + 'H', changed, place + kind.value, _UPRIGHT)
    except struct.error:  # cut off
        return data
    return bytes(changed)
