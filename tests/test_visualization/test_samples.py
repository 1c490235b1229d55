import numpy as np
import pytest

from projects.dstransnet.visualization.samples import (
    CLOSE_UP,
    FRAME,
    OUTLINE,
    SIDE,
    draw_contact_sheet,
    draw_sample,
)


def where(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Return rows and columns of a colour, shape (N, 2)."""
    return np.argwhere((picture == colour).all(axis=2))


def test_frame_is_around_the_target():
    image = np.full((64, 128), 90, np.uint8)
    labels = np.zeros_like(image)
    labels[20:24, 50:53] = 1
    picture = draw_sample(image, labels, 'a')
    overview = picture[28:28 + SIDE // 2]
    assert overview.shape[1] == SIDE
    frame = where(overview, FRAME)
    below = frame[frame[:, 0] > 80 - 6]  # less the number above it
    assert below.min(axis=0).tolist() == [80 - 5, 200 - 5]
    assert below.max(axis=0).tolist() == [96 + 4, 212 + 4]


def test_outline_touches_every_pixel_of_the_target():
    """The close-up enlarges by whole factors, its outline is outside."""
    image = np.full((40, 40, 3), 60, np.uint8)
    labels = np.zeros((40, 40), np.uint8)
    labels[10, 10:13] = labels[11, 12] = 1
    image[labels == 1] = 200
    close_up = draw_sample(image, labels, 'a')[-CLOSE_UP:, :CLOSE_UP]
    scale = CLOSE_UP // 16
    assert len(where(close_up, (200, 200, 200))) == 4 * scale**2
    # The outline of 8 edges of a pixel in total, 2 pixels wide.
    outline = where(close_up, OUTLINE)
    assert len(outline) == pytest.approx(10 * 2 * scale, rel=0.1)
    assert np.abs(outline - CLOSE_UP / 2).max() < 2.5 * scale


@pytest.mark.parametrize('shape', [(3, 3), (1024, 700), (20, 500), (300, 8)])
def test_any_size_with_targets_in_the_corners(shape):
    image = np.zeros(shape, np.uint8)
    labels = np.zeros(shape, np.uint8)
    labels[[0, 0, -1, -1], [0, -1, 0, -1]] = 1
    picture = draw_sample(image, labels, 'a long name of an image')
    assert picture.dtype == np.uint8
    assert len(where(picture, FRAME)) and len(where(picture, OUTLINE))


def test_labels_to_ignore_are_no_targets():
    image = np.full((64, 64), 9, np.uint8)
    picture = draw_sample(image, np.full((64, 64), 255, np.uint8), 'a')
    assert not len(where(picture, FRAME)) and not len(where(picture, OUTLINE))
    assert picture.shape == (28 + SIDE, SIDE, 3)


def test_image_is_not_changed():
    image = np.full((64, 64, 3), 9, np.uint8)
    draw_sample(image, np.eye(64, dtype=np.uint8), 'a')
    assert (image == 9).all()


def test_contact_sheet_has_a_place_for_each():
    samples = [(np.full((64, 64), 100 + number, np.uint8),
                np.zeros((64, 64), np.uint8), str(number))
               for number in range(5)]
    sheet = draw_contact_sheet(samples, columns=3, side=128)
    assert sheet.shape == (2 * (128 + 28) + 8, 3 * 128 + 2 * 8, 3)
    assert sheet[90, 64, 0] == 100
    assert sheet[90, 64 + 2 * 136, 0] == 102
    assert sheet[90 + 164, 64 + 136, 0] == 104
    assert (sheet[90 + 164, 64 + 2 * 136] == 255).all()


def test_what_cannot_be_drawn():
    image = np.zeros((8, 8), np.uint8)
    with pytest.raises(ValueError, match='image must be uint8'):
        draw_sample(image.astype(float), image, 'a')
    with pytest.raises(ValueError, match='labels must have the size'):
        draw_sample(image, image[:4], 'a')
    with pytest.raises(ValueError, match='at least one'):
        draw_contact_sheet([])
