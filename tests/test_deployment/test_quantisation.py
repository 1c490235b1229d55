"""Files of 8 bits, and which of their nodes stay in float."""
import importlib.util

import pytest
import torch
from helpers.small_networks import (
    images,
    needs_openvino,
    network_segmentor,
)
from torch import nn

from projects.dstransnet.deployment import (
    check_quantisation,
    export_model,
    file_error,
    open_exported,
    quantise,
)
from projects.dstransnet.deployment.deployed_layers import ExportedDeformConv2d
from projects.dstransnet.deployment.openvino_runtime import openvino_model
from projects.dstransnet.deployment.quantisation import position_nodes
from projects.dstransnet.models.layers import ModulatedDeformConv2d
from projects.dstransnet.utils.errors import InputError


@needs_openvino
def test_positions_reach_back_to_the_predictor_of_offsets():
    torch.manual_seed(0)
    deform = ExportedDeformConv2d(ModulatedDeformConv2d(4, 4))
    network = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), deform).eval()
    graph = openvino_model(network, (1, 3, 16, 16))
    convolutions = [op for op in graph.get_ordered_ops()
                    if op.get_type_name() == 'Convolution']
    first, predictor = (op.get_friendly_name() for op in convolutions[:2])
    found = position_nodes(graph)
    assert predictor in found and first not in found
    kinds = {op.get_type_name() for op in graph.get_ops()
             if op.get_friendly_name() in found}
    assert {'Add', 'Multiply', 'Transpose'} <= kinds
    assert not {'GridSample', 'MatMul', 'Sigmoid'} & kinds


@pytest.mark.parametrize('path, missing, message', [
    ('a.onnx', False, 'int8: expected a file that ends in .xml, got a.onnx'),
    ('a.xml', True, 'int8: needs a package .*: pip install nncf'),
])
def test_what_cannot_be_quantised(path, missing, message, monkeypatch):
    if missing:
        monkeypatch.setattr(importlib.util, 'find_spec', lambda name: None)
    with pytest.raises(InputError, match=message):
        check_quantisation(path)


@needs_openvino
@pytest.mark.skipif(importlib.util.find_spec('nncf') is None,
                    reason='nncf is not installed')
def test_files_of_8_bits_keep_their_settings(tmp_path):
    model, path = network_segmentor('acm').eval(), tmp_path / 'a.xml'
    export_model(model, path, (1, 3, 32, 48), raw=True)
    before = open_exported(path)
    x = 128 + 40 * images(2, 3, 32, 48)
    quantise(model, path, x.split(1))
    after = open_exported(path)
    assert after.settings == before.settings
    assert 'FakeQuantize' in after.operators
    assert 1e-6 < file_error(model, open_exported(path), x[:1]) < 0.5
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        'a.bin', 'a.xml']
