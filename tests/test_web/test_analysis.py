"""Results for the page, tested without a browser."""
import csv
import json

import cv2
import numpy as np
import pytest

from projects.dstransnet.datasets import SceneConfig, synthesize_scene
from projects.dstransnet.utils.errors import InputError
from projects.dstransnet.web import analysis

NETWORK = 'top-hat_sirst-256x256'


@pytest.fixture(scope='module')
def scene():
    return synthesize_scene(SceneConfig(), seed=0, index=0)


@pytest.fixture(scope='module')
def found(scene, tmp_path_factory):
    """Predictions of the two pages of a 16-bit TIFF file."""
    path = tmp_path_factory.mktemp('upload') / 'frame.tif'
    counts = scene.image.astype(np.uint16) * 20 + 3000
    cv2.imwritemulti(str(path), [counts, counts[::-1]])
    predictions = analysis.find_targets(NETWORK, str(path), 8)
    path.unlink()
    return predictions


def test_frames_of_16_bits_outlive_their_file(found, scene):
    assert [each.scores.shape for each in found] == [scene.image.shape] * 2
    np.testing.assert_allclose(
        found[0].scores, found[1].scores[::-1], atol=1e-6)
    other = analysis.at_threshold(found[0], 0.9)
    assert other.mask.sum() < found[0].mask.sum()
    assert other.image.dtype == np.uint16


def test_pictures_and_table(found):
    prediction = found[0]
    rows = analysis.rows_of(prediction.targets)
    assert rows and {len(row) for row in rows} == {len(analysis.COLUMNS)}
    assert not {'track', 'persistent'} & {*analysis.COLUMNS}
    pictures = analysis.zooms(prediction)
    assert len(pictures) == min(len(rows), analysis.MOST_TARGETS)
    best = max(row[0] for row in rows)
    assert pictures[0][1].startswith(f'{best:.2f} at ')
    for picture in (pictures[0][0], analysis.score_map(prediction),
                    analysis.surface(prediction.scores)):
        assert picture.dtype == np.uint8 and picture.shape[2] == 3
        assert picture.std() > 0


def test_files(found, tmp_path):
    mask, table, text = analysis.write_files(found[0], tmp_path)
    np.testing.assert_array_equal(cv2.imread(mask, -1) > 0, found[0].mask)
    with open(table, newline='') as file:
        header, *rows = csv.reader(file)
    assert tuple(header) == analysis.COLUMNS
    content = json.loads(open(text).read())
    assert content['image'].startswith('frame.tif')  # without folders
    assert len(content['targets']) == len(rows)


def test_limits(tmp_path, monkeypatch):
    path = str(tmp_path / 'large.png')
    cv2.imwrite(path, np.zeros((20, 30), np.uint8))
    monkeypatch.setattr(analysis, 'MOST_PIXELS', 500)
    with pytest.raises(InputError, match='large.png: expected at most 500 '
                       'pixels, got 30 x 20'):
        analysis.find_targets(NETWORK, path, 8)
    with pytest.raises(InputError, match='network: expected one of .*, got '
                       "'../a'"):
        analysis.detector('../a')


def test_samples(tmp_path):
    samples = analysis.write_samples(tmp_path, 2)
    assert list(samples) == ['generated scene 1', 'generated scene 2']
    assert cv2.imread(samples['generated scene 2'], -1).std() > 0
    assert analysis.sirst_samples(tmp_path / 'none') == {}
    (tmp_path / 'images').mkdir()
    for number in range(20):
        (tmp_path / f'images/Misc_{number:02}.png').touch()
    assert len(analysis.sirst_samples(tmp_path)) == 8
