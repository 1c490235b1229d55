"""Written files, and the tool that writes them."""

import numpy as np
import pytest
import torch
from helpers.small_networks import (
    CONFIG,
    dstransnet,
    images,
    logits,
    needs_gpu,
    needs_openvino,
    unet,
)
from helpers.tiny_project import call_tool, error_of

from projects.dstransnet.deployment import export, export_openvino, file_error
from projects.dstransnet.deployment.openvino_runtime import openvino_core
from projects.dstransnet.utils.errors import InputError

TOOL = 'deployment/export.py'


@pytest.fixture
def written(tmp_path):
    """Config and checkpoint of the small network, and the network."""
    model = dstransnet()
    config = tmp_path / 'small.py'
    config.write_text(f'''
_base_ = ['{CONFIG}']
model = dict(
    data_preprocessor=dict(mean=[90.] * 3, std=[40.] * 3, size=(32, 48)),
    backbone=dict(base_channels=2, wavelet_levels=(2, 1, 1, 1, 1)),
    neck=dict(in_channels=(2, 4, 8, 16), num_blocks=1),
    decode_head=dict(in_channels=(2, 4, 8, 16, 16),
                     stage_channels=(8, 4, 2, 2), threshold=0.4))
''')
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'small.pth')
    return config, tmp_path / 'small.pth', model


@needs_openvino
def test_the_tool(written, tmp_path):
    config, checkpoint, model = written
    out = tmp_path / 'small.xml'
    result = call_tool(TOOL, config, checkpoint, '--out', out, '--batch', 2)
    assert result.returncode == 0, result.stderr
    assert f'{out}: images (2, 3, 32, 48) to logits; they differ' in (
        result.stdout)
    compiled = openvino_core().compile_model(
        out, 'CPU', {'INFERENCE_PRECISION_HINT': 'f32'})
    x = images(2, 3, 32, 48)
    found = compiled({'images': x.numpy()})['logits']
    expected = logits(model, x).numpy()
    assert np.abs(found - expected).max() < 1e-5 * np.abs(expected).max()
    graph = openvino_core().read_model(out)
    info = {name: graph.get_rt_info(['model_info', name]).value
            for name in ('mean_values', 'scale_values',
                         'confidence_threshold', 'reverse_input_channels')}
    assert info == dict(
        mean_values='90 90 90', scale_values='40 40 40',
        confidence_threshold='0.4', reverse_input_channels='YES')
    types = {op.get_element_type().get_type_name() for op in graph.get_ops()
             if op.get_type_name() == 'Constant'}
    assert 'f32' in types and 'f16' not in types


@needs_openvino
def test_the_tool_believes_no_file(written, tmp_path, monkeypatch):
    config, checkpoint, _ = written
    out = tmp_path / 'small.xml'
    monkeypatch.setattr(
        export, 'openvino_model', lambda network, shape: constant(shape))
    result = call_tool(TOOL, config, checkpoint, '--out', out)
    assert 'of the largest from those of PyTorch' in error_of(result)
    assert not list(tmp_path.glob('small.xml'))
    assert not list(tmp_path.glob('small.bin'))


def constant(shape):
    """A model of OpenVINO whose logits are 0."""
    import openvino
    from openvino import opset13
    x = opset13.parameter(list(shape), np.float32)
    mean = opset13.reduce_mean(x, np.array([1]), keep_dims=True)
    model = openvino.Model(
        [opset13.multiply(mean, np.float32(0))], [x])
    model.inputs[0].set_names({'images'})
    model.outputs[0].set_names({'logits'})
    return model


@needs_openvino
def test_networks_of_others(tmp_path):
    model = unet()
    export_openvino(model, tmp_path / 'unet.xml', (1, 3, 16, 32))
    assert file_error(model, tmp_path / 'unet.xml') < 1e-5
    assert (tmp_path / 'unet.bin').stat().st_size > 4 * sum(
        value.numel() for value in model.backbone.parameters()) // 2


@needs_openvino
@pytest.mark.parametrize('path, shape, message', [
    ('a.onnx', (1, 3, 16, 16), r'path: expected NAME.xml, got a.onnx'),
    ('a.xml', (3, 16, 16), r'shape: expected four positive numbers .*, got '
     r'\(3, 16, 16\)'),
    ('a.xml', (0, 3, 16, 16), 'shape: expected four positive'),
    ('a.xml', (1, 2, 16, 16), 'images: the network cannot take images of'),
])
def test_wrong_arguments(path, shape, message):
    with pytest.raises(InputError, match=message):
        export_openvino(unet(), path, shape)


@needs_openvino
@needs_gpu
def test_networks_on_a_gpu(tmp_path):
    with pytest.raises(InputError, match="model: expected it on 'cpu'"):
        export_openvino(unet().cuda(), tmp_path / 'a.xml', (1, 3, 16, 16))


@pytest.mark.parametrize('arguments, message', [
    (['--out', 'a.onnx'], '--out: expected FILE.xml, got a.onnx'),
    (['--out', 'none/a.xml'], '--out: no folder none'),
    (['--out', 'a.xml', '--shape', 40, 40], 'images of shape (1, 3, 40, 40)'),
])
def test_wrong_arguments_of_the_tool(written, arguments, message, monkeypatch,
                                     tmp_path):
    pytest.importorskip('openvino', reason='openvino is not installed')
    monkeypatch.chdir(tmp_path)
    result = call_tool(TOOL, *written[:2], *arguments)
    assert message in error_of(result)
    assert not list(tmp_path.glob('a.*'))
