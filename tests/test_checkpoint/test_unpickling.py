"""NumPy's values in checkpoints, and prepared ones."""
import copy
import pickle
import re

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer

from projects.dstransnet.checkpoint.reading import read_checkpoint
from projects.dstransnet.utils.errors import InputError

ARRAYS = [np.arange(6, dtype='<f4').reshape(2, 3),
          np.asfortranarray(np.arange(6.).reshape(2, 3)),
          np.arange(3, dtype='>i8'), np.array([True, False]),
          np.array([1 + 2j]), np.array(['ab', 'c']), np.array([b'ab']),
          np.zeros((0, 4), np.uint16), np.array(5),
          np.random.RandomState(3).get_state()[1]]


def written(value, path, protocol=2):
    torch.save(dict(state_dict={}, value=value), path,
               pickle_protocol=protocol)
    return str(path)


@pytest.mark.parametrize('array', ARRAYS, ids=lambda a: f'{a.dtype}{a.shape}')
def test_arrays_are_read_as_they_were(array, tmp_path):
    got = read_checkpoint(written(array, tmp_path / 'a.pth'))['value']
    assert got.dtype == array.dtype.newbyteorder('=')
    assert got.shape == array.shape
    assert np.array_equal(got, array)


@pytest.mark.parametrize('kind', ['f2', 'f4', 'f8', 'i1', 'u4', 'i8', '?'])
def test_numbers_are_read_as_they_were(kind, tmp_path):
    number = np.ones(1, kind)[0]
    got = read_checkpoint(written(number, tmp_path / 'a.pth'))['value']
    assert type(got) is type(number) and got == number


def test_files_of_the_older_numpy(tmp_path):
    """Its modules are called numpy.core."""
    path = tmp_path / 'a.pth'
    torch.save(dict(value=np.arange(3.)), path,
               _use_new_zipfile_serialization=False)
    path.write_bytes(path.read_bytes().replace(b'numpy._core', b'numpy.core'))
    assert read_checkpoint(str(path))['value'].tolist() == [0, 1, 2]


def test_arrays_are_written_again_as_plain_ones(tmp_path):
    first = read_checkpoint(written(ARRAYS[0], tmp_path / 'a.pth'))['value']
    for array in (first, first[1:], copy.deepcopy(first)):
        data = pickle.dumps(array, protocol=2)
        assert b'dstransnet' not in data
        again = pickle.loads(data)
        assert type(again) is np.ndarray and np.array_equal(again, array)
    assert type(np.append(first, 1.)) is np.ndarray
    assert torch.from_numpy(first).shape == (2, 3)


def test_histories_go_on(tmp_path):
    history = HistoryBuffer([1., 2.], [1, 1])
    got = read_checkpoint(written(history, tmp_path / 'a.pth'))['value']
    got.update(6.)
    assert got.mean() == 3 and got.current() == 6
    again = read_checkpoint(written(got, tmp_path / 'b.pth'))['value']
    assert again.data[0].tolist() == [1, 2, 6]


class Call:
    """Pickles to a call, and to a state that is then set."""

    def __init__(self, function, arguments, state=None):
        self.all = function, arguments, state

    def __reduce__(self):
        return self.all


def _array(dtype, data=b'A' * 8, shape=(1, )):
    return Call(np._core.multiarray._reconstruct, (np.ndarray, (0, ), b'b'),
                (1, shape, dtype, False, data))


# An array of objects whose dtype denies it: data are taken for addresses.
HIDDEN = Call(np.dtype, ('O', False, True),
              (3, '|', None, None, None, -1, -1, 0))
NUMBER = Call(np.dtype, ('f8', False, True),
              (3, '<', None, None, None, -1, -1, 63))
PREPARED = {
    'hidden objects': _array(HIDDEN),
    'hidden object': Call(np._core.multiarray.scalar, (HIDDEN, b'A' * 8)),
    'objects': np.array([[]], object),
    'made of bytes': Call(np.ndarray, ((1, ), 'O', b'A' * 8)),
    'records': np.zeros(1, [('a', 'f4')]),
    'dates': np.zeros(1, 'M8[s]'),
    'too few bytes': _array(np.dtype('f8'), b'A'),
    'too many bytes': _array(np.dtype('f8'), b'A' * 16),
    'huge': _array(np.dtype('f8'), b'A' * 8, (2**62, 4)),
    'negative': _array(np.dtype('f8'), b'A' * 8, (-1, )),
    'no bytes': _array(np.dtype('f8'), [1.]),
    'no dtype': _array('f8'),
    'no order': Call(np.dtype, ('f8', False, True), (3, 'X')),
    'number of nothing': Call(np._core.multiarray.scalar,
                              (np.dtype('f8'), b'')),
}


@pytest.mark.parametrize('value', PREPARED.values(), ids=PREPARED)
def test_prepared_values_are_refused(value, tmp_path):
    path = written(value, tmp_path / 'a.pth')
    if isinstance(value, Call) and value.all[0] is np.ndarray:
        # This stand-in ignores what it is given.
        assert read_checkpoint(path)['value'] is None
        return
    with pytest.raises(InputError, match=re.escape(path)):
        read_checkpoint(path)


def test_flags_of_a_dtype_are_those_of_its_type(tmp_path):
    value = _array(NUMBER)
    got = read_checkpoint(written(value, tmp_path / 'a.pth'))['value']
    assert got.dtype.flags == np.dtype('f8').flags
    assert np.dtype('f8').flags == 0
