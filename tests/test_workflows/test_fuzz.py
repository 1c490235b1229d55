"""Random input: a valid result, or an InputError that names the file."""
import json
import pickle
import struct
import warnings

import mmcv
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from torch import nn

from projects.dstransnet.checkpoint.reading import (
    check_state_dict,
    read_checkpoint,
    write_safetensors,
)
from projects.dstransnet.datasets import IRSTDDataset
from projects.dstransnet.engine.provenance import read_runs
from projects.dstransnet.evaluation import EvaluationProtocol, EvaluationResult
from projects.dstransnet.evaluation.external.detection_files import (
    read_detections,
)
from projects.dstransnet.imaging.file_inspection import inspect_image
from projects.dstransnet.imaging.masks import mask_to_labels, read_mask
from projects.dstransnet.utils.errors import InputError

quick = settings(
    max_examples=60, deadline=None, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture,
                           HealthCheck.too_slow])
# Places and values of bytes to change, and where to cut.
CHANGES = st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)),
                   max_size=6)
CUT = st.none() | st.integers(0, 400)


def changed(data, changes, cut):
    data = bytearray(data)
    for place, value in changes:
        data[place % len(data)] = value
    return bytes(data[:cut])


def result_or_error(read, path):
    """Return what is read, None for an error; it has to name the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            return read(str(path))
    except InputError as error:
        assert str(path) in str(error)
        return None


PICTURES = ('.png', '.jpg', '.bmp', '.tif')


@pytest.fixture(scope='module')
def pictures(tmp_path_factory):
    """Bytes of a mask in several formats."""
    folder = tmp_path_factory.mktemp('pictures')
    pixels = np.zeros((9, 11), np.uint8)
    pixels[3:5, 4:6] = 255
    for suffix in PICTURES:
        mmcv.imwrite(pixels, str(folder / f'a{suffix}'))
    return {suffix: (folder / f'a{suffix}').read_bytes()
            for suffix in PICTURES}


@quick
@given(st.sampled_from(PICTURES), CHANGES, CUT)
def test_masks(pictures, tmp_path, suffix, changes, cut):
    path = tmp_path / f'mask{suffix}'
    path.write_bytes(changed(pictures[suffix], changes, cut))
    found = inspect_image(path)
    assert (found.size is None) == (found.problem is not None)

    def labels(name):
        return mask_to_labels(read_mask(name), name=name)

    read = result_or_error(labels, path)
    if read is not None:
        assert read.ndim == 2 and set(np.unique(read)) <= {0, 1}


@quick
@given(st.binary(max_size=80) | st.text(max_size=40).map(str.encode)
       | st.lists(st.sampled_from(['a', 'b', ' a ', '/a', 'a.png', '']),
                  max_size=4).map('\n'.join).map(str.encode))
def test_lists_of_images(tmp_path_factory, tree, content):
    path = tmp_path_factory.mktemp('lists') / 'list.txt'
    path.write_bytes(content)

    def read(name):
        return IRSTDDataset(
            data_root=str(tree), ann_file=name, pipeline=[],
            data_prefix=dict(img_path='images', seg_map_path='masks'))

    dataset = result_or_error(read, path)
    if dataset is not None:
        names = [each['img_path'] for each in dataset]
        assert names and len(set(names)) == len(names)


@pytest.fixture(scope='module')
def tree(tmp_path_factory):
    """Two images and their masks."""
    root = tmp_path_factory.mktemp('tree')
    for name in 'ab':
        for kind in ('images', 'masks'):
            mmcv.imwrite(np.zeros((4, 5), np.uint8),
                         str(root / kind / f'{name}.png'))
    return root


KINDS = ('zip', 'legacy', 'safetensors')
NETWORK = nn.Linear(3, 2)


@pytest.fixture(scope='module')
def checkpoints(tmp_path_factory):
    """Bytes of a checkpoint in several formats."""
    folder = tmp_path_factory.mktemp('checkpoints')
    state = NETWORK.state_dict()
    for kind in KINDS[:2]:
        torch.save(dict(state_dict=state, meta=dict(epoch=3, a=np.ones(2))),
                   folder / kind,
                   _use_new_zipfile_serialization=kind == 'zip')
    write_safetensors(str(folder / 'safetensors'), state, dict(epoch=3))
    return {kind: (folder / kind).read_bytes() for kind in KINDS}


def load_state(path):
    checkpoint = read_checkpoint(path, 'cpu')
    state = checkpoint.get('state_dict', checkpoint)
    check_state_dict(state, NETWORK, path)
    return state


@quick
@given(st.sampled_from(KINDS), CHANGES, CUT)
def test_checkpoints_of_wrong_bytes(checkpoints, tmp_path, kind, changes,
                                    cut):
    path = tmp_path / f'weights.{kind}'
    path.write_bytes(changed(checkpoints[kind], changes, cut))
    state = result_or_error(load_state, path)
    if state is not None:
        assert set(state) == {'weight', 'bias'}


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-2**40, 2**40) | st.floats()
    | st.text(max_size=5) | st.just(torch.zeros(2, 3)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(['state_dict', 'weight', 'bias', 'meta'])
        | st.integers(0, 2), inner, max_size=3), max_leaves=6)


@quick
@given(PLAIN)
def test_checkpoints_of_other_plain_data(tmp_path, value):
    path = tmp_path / 'weights.pth'
    torch.save(value, path)
    assert result_or_error(load_state, path) is None


# What pickles do with the names that a checkpoint may use.
NAMES = ['numpy\ndtype', 'numpy\nndarray', 'builtins\ngetattr',
         'numpy._core.multiarray\nscalar', 'numpy.core.multiarray\nscalar',
         'numpy._core.multiarray\n_reconstruct', 'builtins\nbytes',
         'mmengine.logging.history_buffer\nHistoryBuffer',
         'projects.dstransnet.checkpoint.unpickling\n_Array',
         'projects.dstransnet.checkpoint.unpickling\n_DType', 'builtins\neval',
         'os\nsystem', 'collections\nOrderedDict', 'torch\nSize']
OPCODES = st.lists(
    st.sampled_from(
        [b'c' + name.encode() + b'\n' for name in NAMES]
        + [b'R', b'b', b'\x81', b'\x85', b'\x86', b'\x87', b'(', b't', b')',
           b'}', b']', b'N', b'K\x08', b'K\xff', b'\x89', b's', b'a',
           b'X\2\0\0\0f8', b'X\1\0\0\0O', b'X\3\0\0\0max', b'U\x08AAAAAAAA',
           b'q\0', b'h\0']), max_size=16)
HEAD = b''.join(pickle.dumps(value, 2) for value in (
    0x1950a86a20f9469cfc6c, 1001,
    dict(protocol_version=1001, little_endian=True, type_sizes={})))


@settings(quick, max_examples=300)
@given(OPCODES)
def test_programs_of_a_pickle(tmp_path, program):
    path = tmp_path / 'weights.pth'
    path.write_bytes(HEAD + b'\x80\x02' + b''.join(program) + b'.'
                     + pickle.dumps([], 2))
    value = result_or_error(read_checkpoint, path)
    assert value is None or isinstance(value, dict)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats()
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(['metrics', 'curves', 'bbox', 'image_id', 'score'])
        | st.text(max_size=3), inner, max_size=3), max_leaves=8)


@pytest.fixture(scope='module')
def written(tmp_path_factory):
    """Content of a result.json."""
    folder = tmp_path_factory.mktemp('result')
    protocol = EvaluationProtocol(thresholds=(0.2, 0.5))
    target = np.eye(8, dtype=np.uint8)
    counts = [protocol.measure(target * 0.7, target)]
    protocol.evaluate(['a'], counts).write(str(folder))
    return json.loads((folder / 'result.json').read_text())


@quick
@given(st.data())
def test_results_with_a_part_exchanged(tmp_path, written, data):
    key = data.draw(st.sampled_from(sorted(written)))
    path = tmp_path / 'result.json'
    path.write_text(json.dumps({**written, key: data.draw(JSON)}))
    read = result_or_error(EvaluationResult.read, path)
    assert read is None or isinstance(read.metrics, dict)


@quick
@given(st.binary(max_size=60) | JSON.map(json.dumps).map(str.encode)
       | st.integers(1, 200_000).map(lambda depth: b'[' * depth))
def test_results_and_detections_of_any_bytes(tmp_path, content):
    path = tmp_path / 'result.json'
    path.write_bytes(content)
    assert result_or_error(EvaluationResult.read, path) is None
    result_or_error(lambda name: read_detections(name, ['a', 'b']), path)


@quick
@given(st.binary(max_size=60) | JSON.map(json.dumps).map(str.encode)
       | JSON.map(lambda value: json.dumps(
           dict(runs=[value], data_sets={})).encode())
       | st.integers(1, 200_000).map(lambda depth: b'[' * depth))
def test_records_of_runs_of_any_bytes(tmp_path, content):
    path = tmp_path / 'run_record.json'
    path.write_bytes(content)
    try:
        assert isinstance(read_runs(path)['runs'], list)
    except ValueError:  # on which a run keeps the file under another name
        pass


@quick
@given(st.binary(max_size=60).map(lambda data: struct.pack(
    '<Q', len(data)) + data))
def test_safetensors_of_any_header(tmp_path, content):
    path = tmp_path / 'weights.safetensors'
    path.write_bytes(content)
    assert result_or_error(load_state, path) is None


SHAPES = st.lists(st.integers(0, 4), max_size=3).map(tuple)
TYPES = st.sampled_from(['u1', 'u2', 'i4', 'f4', 'f8', '?'])


@quick
@given(SHAPES, SHAPES, TYPES, TYPES, st.data())
def test_metrics_of_any_arrays(shape, other, kind, target_kind, data):
    """Whatever values they hold; the metric of a run names the file."""
    other = data.draw(st.sampled_from([shape, other]))
    values = st.sampled_from([0., 1., 0.5, -1., 7., np.nan, np.inf])
    count = int(np.prod(shape))
    scores = np.array(data.draw(st.lists(
        values, min_size=count, max_size=count))).reshape(shape)
    assume(kind[0] == 'f' or np.isfinite(scores).all())
    target = np.ones(other, target_kind)
    protocol = EvaluationProtocol(thresholds=(0.5, ))
    try:
        counts = protocol.measure(
            scores.clip(0) if kind[0] in 'u?' else scores.astype(kind),
            target)
    except ValueError:
        assert (shape != other or len(shape) != 2 or 0 in shape
                or not np.isfinite(scores.astype(kind)).all())
        return
    metrics = protocol.evaluate(['a'], [counts]).metrics
    assert 0 <= metrics['IoU'] <= 100
