import mmcv
import numpy as np
import pytest

from projects.dstransnet.evaluation import EvaluationProtocol
from projects.dstransnet.evaluation.input_image import (
    read_input,
    read_intensities,
)
from projects.dstransnet.utils.errors import InputError

RAMP = np.arange(48).reshape(6, 8)


@pytest.mark.parametrize('dtype, most', [(np.uint8, 255), (np.uint16, 65535)])
def test_intensities_are_shares_of_the_largest_value(tmp_path, dtype, most):
    path = str(tmp_path / 'image.png')
    mmcv.imwrite(RAMP.astype(dtype), path)
    found = read_intensities(path, RAMP.shape)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, RAMP / most, rtol=1e-6)
    assert (read_input(path, RAMP.shape) == RAMP).all()


def test_floats_stay_as_they_are(tmp_path):
    np.save(tmp_path / 'image.npy', RAMP / 50)
    found = read_intensities(str(tmp_path / 'image.npy'), RAMP.shape)
    np.testing.assert_allclose(found, RAMP / 50, rtol=1e-6)


@pytest.mark.parametrize('image, message', [
    (RAMP / 4, 'expected floats of which 1 is full scale, got up to 11.75'),
    (RAMP, 'expected integers of 8 or 16 bits, or floats, got int64')])
def test_images_without_a_full_scale(tmp_path, image, message):
    path = str(tmp_path / 'image.npy')
    np.save(path, image)
    with pytest.raises(InputError, match=f'^{path}: {message}'):
        read_intensities(path, RAMP.shape)


def test_only_some_measures_need_a_full_scale(tmp_path):
    path = str(tmp_path / 'image.npy')
    np.save(path, RAMP)
    ratio = EvaluationProtocol(measures=['published', 'difficulty'])
    assert (ratio.read_image(path, RAMP.shape) == RAMP).all()
    for name in ('background', 'mnocoap'):
        with pytest.raises(InputError, match='expected integers of 8 or 16'):
            EvaluationProtocol(measures=['difficulty', name]).read_image(
                path, RAMP.shape)


def test_another_size_is_resized(tmp_path):
    path = str(tmp_path / 'image.png')
    mmcv.imwrite(np.full((6, 8), 51, np.uint8), path)
    found = read_intensities(path, (12, 20))
    assert found.shape == (12, 20)
    np.testing.assert_allclose(found, 0.2, rtol=1e-6)
