import numpy as np
import pytest

from projects.dstransnet.detectors import lcm, top_hat


@pytest.mark.parametrize('image, expected', [
    (np.zeros((8, 8, 3), np.uint8), r'shape \(H, W\), got \(8, 8, 3\)'),
    (np.zeros((0, 8)), r'shape \(H, W\), got \(0, 8\)'),
    (np.zeros((8, 8), bool), 'integers or floats, got bool'),
])
def test_images_of_other_kinds_are_refused(image, expected):
    with pytest.raises(ValueError, match=expected):
        top_hat(image)


@pytest.mark.parametrize('size', [1, 4])
def test_sizes_that_have_no_centre_are_refused(size):
    with pytest.raises(ValueError, match=f'at least 3, got {size}'):
        lcm(np.zeros((8, 8)), sizes=(3, size))
