"""Written files of all formats."""

import pytest
from helpers.small_networks import (
    assert_equal_up_to_rounding,
    dstransnet,
    images,
    logits,
    needs_gpu,
    needs_onnx,
    needs_openvino,
    network_segmentor,
    unet,
)

from projects.dstransnet.deployment import (
    export_model,
    file_error,
    format_of,
    open_exported,
)
from projects.dstransnet.deployment.openvino_runtime import openvino_core
from projects.dstransnet.utils.errors import InputError

FILES = (
    pytest.param('a.xml', marks=needs_openvino),
    pytest.param('a.onnx', marks=needs_onnx),
    'a.pt',
)


def grey_levels(*shape):
    return 128 + 40 * images(*shape)


@pytest.fixture(scope='module')
def model():
    return dstransnet()


@pytest.mark.parametrize('name', [
    pytest.param('a.xml', marks=(needs_openvino, pytest.mark.slow)),
    pytest.param('a.onnx', marks=(needs_onnx, pytest.mark.slow)),
    'a.pt'])
def test_free_sizes_grey_levels_and_scores(name, model, tmp_path):
    path = tmp_path / name
    export_model(model, path, (1, 3, 32, 48), dynamic=True, raw=True,
                 scores=True)
    file = open_exported(path)
    # Height and width of odd multiples, which the wavelets pad.
    for shape in ((1, 3, 32, 48), (2, 3, 48, 16)):
        assert file_error(model, file, grey_levels(*shape)) < 1e-5
    x = grey_levels(2, 3, 48, 16)
    expected = logits(model, (x.flip(1) - 90) / 40).sigmoid()
    assert_equal_up_to_rounding(file.run(x), expected)
    # Those of ONNX are standard: they have no domain.
    assert not any('.' in name for name in file.operators)


@pytest.mark.parametrize('name', (*FILES, 'a.pt2'))
def test_networks_of_others(name, tmp_path):
    model, path = unet(), tmp_path / name
    export_model(model, path, (2, 3, 16, 32))
    file, x = open_exported(path), images(2, 3, 16, 32)
    assert file.shape == (2, 3, 16, 32)
    assert file_error(model, file, x) < 1e-5
    assert_equal_up_to_rounding(file.run(x), logits(model, x))
    export_model(model, path, (2, 3, 16, 32), scores=True)
    found = open_exported(path).run(x)
    assert_equal_up_to_rounding(found, logits(model, x).softmax(1))


def test_torch_export_has_no_free_sizes():
    with pytest.raises(InputError, match='dynamic: files of torch-export'):
        export_model(unet(), 'a.pt2', (1, 3, 16, 32), dynamic=True)


@pytest.mark.parametrize('name', FILES)
def test_kernels_of_16_bits(name, tmp_path):
    model, path = network_segmentor('acm').eval(), tmp_path / name
    sizes = []
    for half in (False, True):
        export_model(model, path, (1, 3, 16, 32), half=half)
        sizes.append(sum(file.stat().st_size for file in tmp_path.iterdir()))
    assert sizes[1] < 0.8 * sizes[0]
    error = file_error(model, open_exported(path), grey_levels(1, 3, 16, 32))
    assert 1e-6 < error < 1e-2


@needs_openvino
def test_openvino_reads_normalisation_and_threshold(tmp_path):
    path = tmp_path / 'small.xml'
    export_model(network_segmentor('acm').eval(), path, (1, 3, 32, 48))
    graph = openvino_core().read_model(path)
    info = {name: graph.get_rt_info(['model_info', name]).value
            for name in ('mean_values', 'scale_values',
                         'confidence_threshold', 'reverse_input_channels')}
    assert info == dict(
        mean_values='90 90 90', scale_values='40 40 40',
        confidence_threshold='0.5', reverse_input_channels='YES')
    types = {op.get_element_type().get_type_name() for op in graph.get_ops()
             if op.get_type_name() == 'Constant'}
    assert 'f32' in types and 'f16' not in types


@pytest.mark.parametrize('path, shape, message', [
    ('a.bin', (1, 3, 16, 16), 'path: expected a file that ends in one of '
     '.xml, .onnx, .pt, .pt2, got a.bin'),
    ('a.pt', (3, 16, 16), r'shape: expected four positive numbers .*, got '
     r'\(3, 16, 16\)'),
    ('a.pt', (0, 3, 16, 16), 'shape: expected four positive'),
    ('a.pt', (1, 2, 16, 16), 'images: the network cannot be written as '
     r'torchscript for images of shape \(1, 2, 16, 16\)'),
])
def test_wrong_arguments(path, shape, message):
    with pytest.raises(InputError, match=message):
        export_model(unet(), path, shape)


def test_packages_that_are_missing(monkeypatch):
    monkeypatch.setattr('importlib.util.find_spec', lambda name: None)
    with pytest.raises(InputError, match='pip install onnx onnxruntime'):
        export_model(unet(), 'a.onnx', (1, 3, 16, 16))


@needs_gpu
def test_networks_on_a_gpu(tmp_path):
    with pytest.raises(InputError, match="model: expected it on 'cpu'"):
        export_model(unet().cuda(), tmp_path / 'a.pt', (1, 3, 16, 16))


def test_format_of_a_suffix():
    assert format_of('a/b.pt2') == 'torch-export'
