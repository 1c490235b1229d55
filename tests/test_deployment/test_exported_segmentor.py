"""Segmentors that predict by an exported file."""

import json

import numpy as np
import pytest
import torch
from helpers.small_networks import (
    needs_onnx,
    needs_openvino,
    network_segmentor,
    randomize,
    unet,
)
from mmengine.config import Config
from mmseg.models.data_preprocessor import SegDataPreProcessor

from projects.dstransnet.checkpoint import trusting
from projects.dstransnet.deployment import (
    export_model,
    exported_config,
    exported_file,
    open_exported,
)
from projects.dstransnet.deployment.exported_network import Normalisation
from projects.dstransnet.inference import FramePreparation, Predictor
from projects.dstransnet.models.build import load_segmentor
from projects.dstransnet.utils.errors import InputError

PIPELINE = [dict(type='LoadImageFromFile'),
            dict(type='PillowResize', scale=(48, 32), keep_ratio=False),
            dict(type='PackSegInputs')]
SETTINGS = dict(
    pipeline=PIPELINE,
    data_preprocessor=dict(
        type='SegDataPreProcessor', mean=[90.] * 3, std=[40.] * 3,
        bgr_to_rgb=True, pad_val=0, seg_pad_val=255,
        test_cfg=dict(size_divisor=16)))


@pytest.fixture(scope='module')
def model():
    return randomize(network_segmentor('acm'))


def frames(count, height=30, width=44):
    rng = np.random.default_rng(1)
    return list(rng.integers(0, 256, (count, height, width, 3), np.uint8))


def assert_predicts_as(path, model, images, config, size=None):
    cfg = exported_config(path)
    by_file = Predictor(load_segmentor(cfg, None, 'cpu'),
                        FramePreparation(cfg, size))
    plain = Predictor(model, FramePreparation(config, size))
    assert by_file.threshold == plain.threshold
    for found, expected in zip(by_file.stream(images, batch_size=4),
                               plain.stream(images), strict=True):
        assert np.ptp(expected.scores) > 0.05
        np.testing.assert_allclose(found.scores, expected.scores, atol=1e-5)


@pytest.mark.parametrize('name, form', [
    pytest.param('a.xml', dict(), marks=needs_openvino),
    pytest.param('a.xml', dict(dynamic=True, scores=True),
                 marks=needs_openvino),
    pytest.param('a.onnx', dict(raw=True, scores=True), marks=needs_onnx),
    pytest.param('a.onnx', dict(dynamic=True), marks=needs_onnx),
    ('a.pt', dict(raw=True)),
    ('a.pt', dict(dynamic=True, raw=True)),
])
def test_predictions_equal_those_of_pytorch(name, form, model, tmp_path):
    # Of fixed files, three images fill one batch and half of another.
    export_model(model, tmp_path / name, (2, 3, 32, 48), settings=SETTINGS,
                 **form)
    config = Config(dict(test_pipeline=PIPELINE))
    with trusting(str(tmp_path / name)):  # which .pt needs
        assert_predicts_as(tmp_path / name, model, frames(3), config)
        if form.get('dynamic'):  # padded to multiples of 16
            assert_predicts_as(
                tmp_path / name, model, frames(2, 20, 70), config, 'native')


def test_a_threshold_in_place_of_the_exported_one(model, tmp_path):
    path = str(tmp_path / 'a.pt')
    export_model(model, path, (1, 3, 32, 48), settings=SETTINGS)
    with trusting(path):
        cfg = exported_config(path)
        assert load_segmentor(cfg, None).decode_head.threshold == 0.5
        cfg.model.threshold = 0.3
        assert load_segmentor(cfg, None).decode_head.threshold == 0.3


def test_normalisation_is_undone_where_the_images_are():
    normalisation = Normalisation(SegDataPreProcessor(
        mean=[90.] * 3, std=[40.] * 3, bgr_to_rgb=True))
    images = torch.rand(1, 3, 4, 4) * 255
    torch.testing.assert_close(
        normalisation.undo(normalisation(images)), images)
    on_another_device = torch.empty(1, 3, 4, 4, device='meta')
    assert normalisation.undo(on_another_device).device.type == 'meta'


@needs_openvino
def test_what_a_fixed_file_cannot_take(model, tmp_path):
    export_model(model, tmp_path / 'a.xml', (1, 3, 32, 48), settings=SETTINGS)
    cfg = exported_config(tmp_path / 'a.xml')
    predictor = Predictor(load_segmentor(cfg, None, 'cpu'),
                          FramePreparation(cfg, (16, 16)))
    with pytest.raises(InputError, match=r'takes \(C, H, W\) = \(3, 32, 48\), '
                       r'got \(3, 16, 16\); resize'):
        list(predictor.stream(frames(1)))
    with pytest.raises(RuntimeError, match='cannot be trained'):
        predictor.model(torch.zeros(1, 3, 32, 48), [], mode='loss')


@needs_openvino
def test_logits_of_several_classes_come_back_from_scores(tmp_path):
    model = unet()
    for number, scores in enumerate((False, True)):
        export_model(model, tmp_path / f'{number}.xml', (1, 3, 16, 32),
                     scores=scores, settings=SETTINGS)
    x = torch.rand(1, 3, 16, 32)
    found, expected = (
        load_segmentor(exported_config(tmp_path / f'{number}.xml'), None)
        .predict(x, None)[0].seg_logits.data.softmax(0)
        for number in (1, 0))
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize('path, message', [
    ('a.bin', 'a.bin: expected a file that ends in one of .xml, .onnx, .pt'),
    ('a.pt', 'a.pt: reading .* may run code; .*--trust-checkpoint .*a.pt'),
    ('none.xml', 'no file .*none.xml'),
    pytest.param('damaged.xml', 'damaged.xml: cannot be read as a file of '
                 'openvino', marks=needs_openvino),
])
def test_other_files(path, message, tmp_path):
    (tmp_path / 'damaged.xml').write_text('<net')
    (tmp_path / 'a.pt').touch()
    with pytest.raises(InputError, match=message):
        exported_config(tmp_path / path)


@pytest.mark.parametrize('step', [
    dict(type='os.system', command='touch run'),
    dict(type='PackSegInputs', _scope_='os'),
    'PackSegInputs',
])
def test_files_of_others_name_no_functions(step, monkeypatch):
    file = exported_file.ExportedFile(None, dict(pipeline=[step]), (), ())
    monkeypatch.setattr(
        'projects.dstransnet.deployment.exported_segmentor.open_exported',
        lambda path: file)
    with pytest.raises(InputError, match='expected steps of its pipeline'):
        exported_config('a.xml')


@needs_onnx
def test_files_of_other_programs(model, tmp_path):
    import onnx
    path = tmp_path / 'a.onnx'
    export_model(model, path, (1, 3, 32, 48))
    assert json.loads(json.dumps(open_exported(path).settings))['raw'] is False
    file = onnx.load(path)
    del file.metadata_props[:]
    onnx.save(file, path)
    with pytest.raises(InputError, match='has no settings raw, output, head'):
        open_exported(path)
