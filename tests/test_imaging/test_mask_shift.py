"""Shifts of masks, against moving whole masks over whole images."""
import itertools

import numpy as np
import pytest

from projects.dstransnet.imaging import connected_components, mask_shifts


def best_shifts(image, mask):
    """Return the best shifts of a mask, by np.roll; several if equal."""
    means = {
        shift: image[np.roll(mask, shift, axis=(0, 1))].mean()
        for shift in itertools.product(range(-2, 3), repeat=2)
    }
    return [shift for shift, mean in means.items()
            if mean == max(means.values())]


def test_neighbours_and_targets_at_the_border():
    rng = np.random.default_rng(0)
    image = rng.random((40, 60))
    labels = np.zeros(image.shape, bool)
    # Boxes overlap for the first two; the third and the fourth just fit.
    labels[10:14, 10] = labels[14, 10:16] = True
    labels[10:12, 13:16] = True
    labels[2, 2] = labels[37, 57] = True
    # A pixel nearer to each of the borders.
    labels[1, 30] = labels[30, 1] = labels[38, 30] = labels[30, 58] = True
    targets = connected_components(labels)
    shifts = mask_shifts(image, targets)
    inside = 0
    for number, (shift, centre) in enumerate(
            zip(shifts, targets.centroids), 1):
        near = min(*centre, 39 - centre[0], 59 - centre[1]) < 2
        assert np.isnan(shift).all() == near
        if not near:
            inside += 1
            assert best_shifts(image, targets.labels == number) == [
                tuple(shift)]
    assert (inside, len(targets)) == (4, 8)


@pytest.mark.parametrize('value', [0, 255])
def test_of_equal_shifts_the_shortest(value):
    image = np.full((9, 9), value, np.uint8)
    labels = np.zeros_like(image)
    labels[4, 4] = 1
    assert mask_shifts(image, connected_components(labels)).tolist() == [
        [0, 0]]
    image[:] = 0
    image[4, 5:7] = 9
    assert mask_shifts(image, connected_components(labels)).tolist() == [
        [0, 1]]


def test_no_targets():
    image = np.zeros((9, 9))
    assert mask_shifts(image, connected_components(image)).shape == (0, 2)
