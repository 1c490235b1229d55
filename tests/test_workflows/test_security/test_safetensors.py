"""Safetensors files whose header lies."""
import json
import re
import struct

import pytest
import torch
from mmengine.runner.checkpoint import CheckpointLoader

from projects.dstransnet.checkpoint.reading import read_checkpoint
from projects.dstransnet.utils.errors import InputError

DATA = bytes(8)
READERS = [read_checkpoint, CheckpointLoader.load_checkpoint]


def one(**changes):
    return {'a': dict(dtype='F32', shape=[2], data_offsets=[0, 8]) | changes}


def file_of(header, data=DATA, length=None):
    """Return the bytes of a file with this header and stated length of it."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack('<Q', len(text) if length is None else length) + (
        text + data)


LIES = {
    'header longer than the file': file_of(one(), length=10**6),
    'header of 2**63 bytes': file_of(one(), length=2**63),
    'header of no bytes': file_of(one(), length=0),
    'no json': file_of(b'{"a": __import__("os")}'),
    'a list': file_of(b'[]'),
    'nested': file_of(b'[' * 100_000),
    'shape beyond the data': file_of(one(shape=[2**40])),
    'shape that overflows': file_of(one(shape=[2**33, 2**33])),
    'negative shape': file_of(one(shape=[-2])),
    'data beyond the end': file_of(one(data_offsets=[0, 8]), data=b''),
    'offsets in the wrong order': file_of(one(data_offsets=[8, 0])),
    'offsets of another size': file_of(one(data_offsets=[0, 4])),
    'more data than stated': file_of(one(), data=bytes(99)),
    'overlapping': file_of(one() | {'b': one()['a']}),
    'a hole': file_of(one(data_offsets=[4, 12]), data=bytes(12)),
    'unknown type': file_of(one(dtype='object')),
    'metadata of numbers': file_of(one() | {'__metadata__': {'meta': 1}}),
    'meta that is no json': file_of(one() | {'__metadata__': {'meta': 'x'}}),
    'meta that is a list': file_of(one() | {'__metadata__': {'meta': '[]'}}),
    'meta nested': file_of(
        one() | {'__metadata__': {'meta': '[' * 100_000}}),
}


def test_the_file_without_a_lie_is_read(tmp_path):
    path = tmp_path / 'a.safetensors'
    path.write_bytes(file_of(one() | {'__metadata__': {'meta': '{"x": 1}'}}))
    got = read_checkpoint(str(path))
    assert got['meta'] == dict(x=1)
    assert torch.equal(got['state_dict']['a'], torch.zeros(2))


@pytest.mark.parametrize('content', LIES.values(), ids=LIES)
@pytest.mark.parametrize('read', READERS)
def test_lies_are_refused_and_the_file_is_named(read, content, tmp_path):
    path = tmp_path / 'a.safetensors'
    path.write_bytes(content)
    with pytest.raises(InputError, match=re.escape(
            f'{path} is no safetensors file')):
        read(str(path))
