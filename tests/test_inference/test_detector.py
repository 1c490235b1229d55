"""Detector with the shipped weights, at a small size."""
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.small_config import picture, write_pictures, write_video
from helpers.small_networks import needs_openvino
from mmengine.config import Config
from PIL import Image

from projects.dstransnet import Detector
from projects.dstransnet.cli import set_threshold
from projects.dstransnet.deployment import export_model
from projects.dstransnet.inference import inference_pipeline
from projects.dstransnet.models.shipped_weights import (
    config_path,
    shipped_weights,
)
from projects.dstransnet.utils.errors import InputError

NAME = 'dstransnet-s_sirst'


@pytest.fixture(scope='module')
def detector():
    return Detector(NAME, size=(64, 64), deploy=False, threshold=0.3,
                    workers=0)


@pytest.fixture(scope='module')
def scene():
    """Return a target of 3 x 3 pixels before noise, 64 x 64."""
    rng = np.random.default_rng(0)
    image = rng.normal(70, 4, (64, 64))
    image[30:33, 40:43] += [[60, 100, 60], [100, 150, 100], [60, 100, 60]]
    return np.rint(image).astype(np.uint8)


def test_all_kinds_of_one_frame_give_the_same(detector, scene, tmp_path):
    Image.fromarray(scene).save(tmp_path / 'a.png')
    expected = detector(scene)[0]
    assert expected.scores.shape == scene.shape and expected.targets
    colour = np.repeat(scene[..., None], 3, axis=2)
    for source in (tmp_path / 'a.png', tmp_path, f'{tmp_path}/*.png', colour,
                   torch.from_numpy(scene), iter([scene])):
        (found, ) = detector(source)
        np.testing.assert_allclose(found.scores, expected.scores, atol=1e-6)


def test_counts_of_a_sensor_are_mapped_by_their_range(detector, scene):
    grey = scene.astype(np.int64)
    grey = (grey - grey.min()) * 255 // (grey.max() - grey.min())
    counts = (4096 + 32 * grey).astype(np.uint16)
    plain = detector(grey.astype(np.uint8))[0]
    for values in (counts, counts.astype(np.float32),
                   np.repeat(counts[..., None], 3, axis=2)):
        found = detector(values)[0]
        np.testing.assert_allclose(found.scores, plain.scores, atol=1e-3)
        assert [each[1:5] for each in found.targets] == [
            each[1:5] for each in plain.targets]
    assert found.targets[0].scr == pytest.approx(
        plain.targets[0].scr, rel=1e-3)


def test_videos_frame_by_frame(detector, tmp_path):
    write_video(tmp_path / 'v.mp4', count=2)
    found = detector(tmp_path / 'v.mp4')
    assert [each.name.rpartition(', ')[2] for each in found] == [
        'frame 0', 'frame 1']
    assert found[0].scores.shape == (32, 48)


@needs_openvino
def test_an_exported_file(detector, scene, tmp_path):
    cfg = Config.fromfile(shipped_weights(NAME).config)
    path = tmp_path / 'small.xml'
    settings = dict(
        pipeline=inference_pipeline(cfg, (64, 64)),
        data_preprocessor=cfg.model.data_preprocessor.to_dict())
    export_model(detector.predictor.model, path, (1, 3, 64, 64),
                 settings=settings)
    by_file = Detector(path, threshold=0.3, workers=0)
    deep = scene.astype(np.uint16) * 32 + 4096
    for frame in (scene, deep):
        np.testing.assert_allclose(by_file(frame)[0].scores,
                                   detector(frame)[0].scores, atol=1e-4)
    with pytest.raises(InputError, match='checkpoint: expected none with'):
        Detector(path, 'mine.pth')
    # As the metric of the config decides.
    export_model(
        detector.predictor.model, path, (1, 3, 64, 64), settings=dict(
            settings, decision=dict(threshold=0.2, connectivity=4)))
    with pytest.warns(match='model decides at 0.5, .* at 0.2, which is used'):
        found = Detector(path).predictor
    assert (found.threshold, found.connectivity) == (0.2, 4)
    export_model(detector.predictor.model, path, (1, 3, 64, 64))
    with pytest.raises(InputError, match='small.xml: has no test pipeline'):
        Detector(path)


def test_pictures(detector, scene, tmp_path):
    found = detector(scene)[0]
    picture_ = found.plot()
    assert picture_.dtype == np.uint8 and picture_.shape[2] == 3
    found.save(tmp_path / 'p.png')
    assert (tmp_path / 'p.png').stat().st_size > 1000
    with pytest.raises(InputError, match="p.txt: expected the suffix of an "):
        found.save(tmp_path / 'p.txt')


def test_views_are_averaged(scene):
    part = np.ascontiguousarray(scene[:48])
    seen = Detector(NAME, size='native', deploy=False, tta=True, workers=0)
    scores = seen(part)[0].scores
    turned = seen(np.ascontiguousarray(np.rot90(part)))[0].scores
    np.testing.assert_allclose(np.rot90(scores), turned, atol=1e-4)


def test_a_folder_of_sizes_in_batches(detector, tmp_path):
    write_pictures(tmp_path, 3)
    detector.batch_size = 2
    assert len(detector(tmp_path)) == 3
    detector.batch_size = 1


def test_tables_need_pandas(detector):
    found = detector(picture(0))[0]
    pandas = pytest.importorskip('pandas')
    table = found.to_pandas()
    assert isinstance(table, pandas.DataFrame)
    assert list(table.columns)[:2] == ['image', 'score']


def test_names_and_cameras_that_are_none(detector):
    with pytest.raises(InputError, match="weights: .*, got 'dstransnet_sirst'"
                       "; did you mean 'dstransnet-s_sirst'"):
        Detector('dstransnet_sirst')
    with pytest.raises(InputError, match='camera 0 never ends'):
        detector(0)
    assert next(iter(detector.stream([picture(0)]))).name == 'frame 0'


@pytest.mark.parametrize('shape', [(5, 64, 80), (64, 64, 4), (0, 64, 3)])
@pytest.mark.parametrize('kind', ['uint8', 'uint16'])
def test_arrays_that_are_no_frames(detector, shape, kind):
    with pytest.raises(InputError, match='frame 0: .*expected'):
        detector(np.zeros(shape, kind))


def test_one_channel_is_grey(detector, scene):
    np.testing.assert_array_equal(
        detector(scene[..., None])[0].scores, detector(scene)[0].scores)


def test_names_and_paths_of_configs(scene):
    name = 'top-hat_sirst-256x256'
    for model in (name, Path(config_path(name))):
        assert Detector(model)(scene)[0].scores.shape == scene.shape
    cfg = Config.fromfile(config_path(name))
    set_threshold(cfg, 0.75)
    for tta in (False, True):
        assert Detector(cfg, tta=tta)(scene)[0].threshold == 0.75
    with pytest.raises(FileNotFoundError, match='missing.pth'):
        Detector(NAME, 'missing.pth')


def test_rules_are_those_of_the_metric_of_the_config(scene):
    cfg = Config.fromfile(config_path('top-hat_sirst-256x256'))
    cfg.test_evaluator = dict(type='IRSTDMetric', threshold=0.3,
                              connectivity=4)
    with pytest.warns(match='model decides at 0.5, .* at 0.3, which is used'):
        predictor = Detector(cfg).predictor
    assert (predictor.threshold, predictor.connectivity) == (0.3, 4)
    cfg.test_evaluator = dict(type='IRSTDMetric')  # at 0.5, as in a test
    cfg.model.threshold = 0.3
    with pytest.warns(match='model decides at 0.3, .* at 0.5, which is used'):
        assert Detector(cfg).predictor.threshold == 0.5
    predictor = Detector(cfg, threshold=0.6, connectivity=8).predictor
    assert (predictor.threshold, predictor.connectivity) == (0.6, 8)


@pytest.mark.parametrize('setting, told', [
    (dict(size=64), 'size: expected height and width'),
    (dict(device='gpu'), "^device: expected cpu, cuda or cuda:N, got 'gpu'"),
    (dict(deploy='torch'), "^deploy: expected True, False or .*, got 'torch'"),
])
def test_wrong_settings(setting, told):
    with pytest.raises(InputError, match=told):
        Detector(NAME, **{'deploy': False, **setting})
