import mmcv
import numpy as np
import pytest

from projects.dstransnet.datasets.labels import ImageIndex
from projects.dstransnet.visualization.findings import Kind
from projects.dstransnet.visualization.insets import TRUTH
from projects.dstransnet.visualization.layout import LINE, MARGIN
from projects.dstransnet.visualization.samples import (
    MOST,
    SHEET_SIDE,
    draw_contact_sheet,
    draw_sample,
    write_label_sheet,
)
from projects.dstransnet.visualization.view import LONG_SIDE

CAPTION = LINE + MARGIN  # pixels of one line


def where(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Return rows and columns of a colour, shape (N, 2)."""
    return np.argwhere((picture == colour).all(axis=2))


def test_circle_is_around_the_target():
    image = np.full((64, 128), 90, np.uint8)
    labels = np.zeros_like(image)
    labels[20:24, 50:53] = 1
    picture = draw_sample(image, labels, 'a')
    overview = picture[CAPTION:CAPTION + LONG_SIDE // 2]
    assert overview.shape[1] == LONG_SIDE
    # Enlarged four times: centre (88, 206), diagonal 5 pixels.
    row, column, radius = 88, 206, 16
    assert (overview[row, column - radius] == Kind.TARGET.colour).all()
    circle = where(overview, Kind.TARGET.colour)
    assert circle.min(axis=0)[1] == pytest.approx(column - radius, abs=2)
    assert circle.max(axis=0)[0] == pytest.approx(row + radius, abs=2)


def test_outline_is_outside_the_target():
    image = np.full((40, 40, 3), 60, np.uint8)
    labels = np.zeros((40, 40), np.uint8)
    labels[10, 10:13] = labels[11, 12] = 1
    image[labels == 1] = 210, 190, 170
    picture = draw_sample(image, labels, 'a')
    close_up = picture[CAPTION + 12 * 40:]
    scale = 240 // 16
    assert len(where(close_up, (210, 190, 170))) == 4 * scale**2
    # Ten edges of pixels, two pixels wide.
    outline = where(close_up, TRUTH)
    assert len(outline) == pytest.approx(10 * 2 * scale, rel=0.1)


@pytest.mark.parametrize('shape', [(3, 3), (1024, 700), (20, 500), (300, 8)])
def test_any_size_with_targets_in_the_corners(shape):
    image = np.zeros(shape, np.uint8)
    labels = np.zeros(shape, np.uint8)
    labels[[0, 0, -1, -1], [0, -1, 0, -1]] = 1
    picture = draw_sample(image, labels, 'a long name of an image')
    assert picture.dtype == np.uint8
    assert len(where(picture, Kind.TARGET.colour))
    assert len(where(picture, TRUTH))


def test_more_targets_than_close_ups():
    labels = np.zeros((64, 64), np.uint8)
    labels[::16, ::16] = 1
    eight, many = labels.copy(), draw_sample(labels, labels, 'a')
    eight[32:] = 0
    assert len(many) > len(draw_sample(eight, eight, 'a'))


def test_ignored_labels_are_no_targets():
    image = np.full((64, 64, 1), 9, np.uint8)
    picture = draw_sample(image, np.full((64, 64), 255, np.uint8), 'a')
    assert not len(where(picture, Kind.TARGET.colour))
    assert picture.shape == (CAPTION + LONG_SIDE, LONG_SIDE, 3)


def test_contact_sheet_has_a_place_for_each():
    samples = [(np.full((64, 64), 100 + number, np.uint8),
                np.zeros((64, 64), np.uint8), str(number))
               for number in range(5)]
    sheet = draw_contact_sheet(samples, columns=3)
    height, step = SHEET_SIDE + CAPTION, SHEET_SIDE + 8
    assert sheet.shape == (2 * height + 8, 3 * SHEET_SIDE + 2 * 8, 3)
    assert sheet[90, 64, 0] == 100
    assert sheet[90, 64 + 2 * step, 0] == 102
    assert sheet[90 + height + 8, 64 + step, 0] == 104
    assert (sheet[90 + height + 8, 64 + 2 * step] == 255).all()


def test_bad_input():
    image = np.zeros((8, 8), np.uint8)
    with pytest.raises(ValueError, match='image must be uint8'):
        draw_sample(image.astype(float), image, 'a')
    with pytest.raises(ValueError, match='labels must have the size'):
        draw_sample(image, image[:4], 'a')
    with pytest.raises(ValueError, match='at least one'):
        draw_contact_sheet([])


def test_some_of_many_images(tmp_path):
    mask = np.zeros((32, 64), np.uint8)
    mask[10:13, 20:24] = 255
    for number in range(MOST + 9):
        mmcv.imwrite(mask // 2, str(tmp_path / f'images/{number}.png'))
        mmcv.imwrite(mask, str(tmp_path / f'masks/{number}_gt.png'))
    path = tmp_path / 'sheet.png'
    write_label_sheet(str(path), ImageIndex(str(tmp_path / 'images')),
                      str(tmp_path / 'masks'), '_gt')
    sheet = mmcv.imread(str(path), channel_order='rgb')
    assert sheet.shape[1] == 4 * SHEET_SIDE + 3 * 8
    rows = (sheet == Kind.TARGET.colour).all(axis=2).any(axis=1)
    starts = np.flatnonzero(rows[1:] & ~rows[:-1])
    assert len(starts) == MOST // 4
