import cv2
import numpy as np
import pytest

from projects.dstransnet.visualization import draw_detections
from projects.dstransnet.visualization.findings import Kind
from projects.dstransnet.visualization.insets import (
    FRAME,
    PREDICTION,
    SIDE,
    TRUTH,
)
from projects.dstransnet.visualization.layout import GAP, LINE, MARGIN

HIT, MISSED, FALSE_ALARM = (
    kind.colour for kind in (Kind.HIT, Kind.MISSED, Kind.FALSE_ALARM))
TOP = LINE + MARGIN  # a caption of one line
FRAMED = SIDE + 2 * FRAME


def scene(*corners, shape=(96, 128)):
    mask = np.zeros(shape, np.uint8)
    for row, column in corners:
        mask[row:row + 3, column:column + 3] = 1
    return mask


def is_colour(picture, colour):
    return (picture == colour).all(axis=-1)


def count(picture, colour):
    return int(is_colour(picture, colour).sum())


def num_frames(picture, colour):
    """Count squares of the size of a framed close-up, in a colour."""
    contours, levels = cv2.findContours(
        is_colour(picture, colour).astype(np.uint8), cv2.RETR_CCOMP,
        cv2.CHAIN_APPROX_SIMPLE)
    outer = [] if levels is None else [
        contour for contour, level in zip(contours, levels[0])
        if level[3] < 0
    ]
    return sum(
        cv2.boundingRect(contour)[2:] == (FRAMED, FRAMED) for contour in outer)


def parts(picture, num_panels=3, height=384, width=512):
    """Split a picture of 96 x 128 pixels (scale 4) into panels and rest."""
    panels = [
        picture[TOP:TOP + height, left:left + width]
        for left in range(0, num_panels * (width + GAP), width + GAP)
    ]
    return panels, picture[TOP + height:]


def test_colours_say_what_happened():
    image = np.full((96, 128), 90, np.uint8)
    target = scene((10, 10), (60, 20))
    picture = draw_detections(image, scene((10, 11), (80, 100)), target)
    (plain, truth, result), below = parts(picture)
    assert (plain == 90).all()
    assert (truth[..., 0] == 255).sum() == 2 * 9 * 16
    for colour, (row, column) in ((HIT, (10, 10)), (MISSED, (60, 20)),
                                  (FALSE_ALARM, (80, 100))):
        # Apart from the number, the colour is a ring around the centre.
        ring = np.zeros(result.shape[:2], np.uint8)
        centre = round((column + 1.5) * 4 - 0.5), round((row + 1.5) * 4 - 0.5)
        cv2.circle(ring, centre, round(np.hypot(6, 6)) + 6, 1, 2)
        assert is_colour(result, colour)[ring > 0].mean() > 0.4
        assert num_frames(below, colour) == 1
        inner = np.zeros_like(ring)
        cv2.circle(inner, centre, 10, 1, cv2.FILLED)
        assert not is_colour(result, colour)[inner > 0].any()


def test_without_truth_detections_are_blue():
    mask = scene((10, 10), (50, 90))
    picture = draw_detections(mask, mask)
    assert picture.shape[1] == 2 * 512 + GAP
    (_, result), below = parts(picture, num_panels=2)
    assert count(result, HIT) > 100
    assert num_frames(below, HIT) == 2
    for colour in (MISSED, FALSE_ALARM, TRUTH):
        assert count(picture, colour) == 0
    assert count(below, PREDICTION) > 100


def test_the_matching_rule_is_that_of_the_metrics():
    # The centroids are 4 pixels apart, and the squares share one column.
    target, prediction = np.zeros((2, 96, 128), np.uint8)
    target[40:45, 40:45] = prediction[40:45, 44:49] = 1
    for options, hits in ((dict(), 0), (dict(match='overlap'), 1),
                          (dict(distance=5), 1), (dict(distance=4), 0)):
        below = parts(draw_detections(target, prediction, target, **options))
        assert num_frames(below[1], HIT) == hits
        assert num_frames(below[1], MISSED) == 1 - hits
        assert num_frames(below[1], FALSE_ALARM) == 1 - hits


def test_colour_images_stay_in_colour():
    image = np.zeros((96, 128, 3), np.uint8)
    image[..., 1] = 120
    picture = draw_detections(image, scene((20, 20)))
    (plain, _), below = parts(picture, num_panels=2)
    assert (plain == (0, 120, 0)).all()
    assert count(below, (0, 120, 0)) > SIDE * SIDE / 2


def test_scores_are_drawn_in_their_place():
    scores = np.zeros((96, 128), np.float32)
    scores[20, 30] = 1
    picture = draw_detections(scene(), scene(), scene(), scores)
    panels, _ = parts(picture)
    expected = cv2.applyColorMap(
        np.array([[0, 255]], np.uint8), cv2.COLORMAP_INFERNO)[0, :, ::-1]
    assert is_colour(panels[2], expected[1]).sum() == 16
    assert is_colour(panels[2], expected[1])[80:84, 120:124].all()
    assert is_colour(panels[2], expected[0]).sum() == 384 * 512 - 16
    # The bar beside it goes from 1, above, to 0.
    bar = picture[TOP:TOP + 384, 3 * 512 + 3 * GAP]
    assert (bar[[0, -1]] == expected[::-1]).all()
    assert (np.diff(bar.astype(int).sum(axis=-1)) <= 6).all()


def test_many_targets_are_named_in_words(monkeypatch):
    corners = [(row, column) for row in range(4, 84, 16)
               for column in range(4, 100, 16)]
    assert len(corners) == 30
    texts = record_texts(monkeypatch)
    picture = draw_detections(
        scene(), scene(*corners[1:], (90, 120)), scene(*corners))
    # The error comes first, and nothing but the dozen is numbered.
    assert num_frames(picture, MISSED) == 1
    assert num_frames(picture, FALSE_ALARM) == 1
    assert num_frames(picture, HIT) == 10
    assert 'and 19 more: 19 hits' in texts
    assert [text for text in texts if text.isdigit() and text not in '01'
            ] == [*map(str, range(2, 12)), '31']


@pytest.mark.parametrize('target, words', [
    (None, 'no detections'),
    (scene(), 'no targets, no detections'),
])
def test_nothing_is_said_in_words(monkeypatch, target, words):
    texts = record_texts(monkeypatch)
    picture = draw_detections(scene(), scene(), target, scene() * 0.5)
    assert texts[-1] == words
    assert picture.shape[0] == TOP + 384 + GAP + TOP


def record_texts(monkeypatch):
    texts = []
    put = cv2.putText
    monkeypatch.setattr(
        cv2, 'putText',
        lambda canvas, text, *rest: (texts.append(text),
                                     put(canvas, text, *rest))[1])
    return texts


@pytest.mark.parametrize('shape', [(1, 1), (8, 640), (640, 8), (213, 332)])
def test_every_word_fits(monkeypatch, shape):
    put, cut_off = cv2.putText, []

    def checked(canvas, text, origin, font, size, colour, *rest):
        """Draw on a canvas with room around and see what lies outside."""
        border = 200
        large = np.pad(canvas, ((border, border), (border, border), (0, 0)))
        before = large.copy()
        x, y = origin
        put(large, text, (x + border, y + border), font, size,
            (9, 8, 7), *rest)
        ink = (large != before).any(axis=-1)
        assert ink.any()
        inside = ink[border:-border, border:-border].sum()
        if ink.sum() != inside:
            cut_off.append(text)
        put(canvas, text, origin, font, size, colour, *rest)

    monkeypatch.setattr(cv2, 'putText', checked)
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, shape, np.uint8)
    prediction = np.zeros(shape, np.uint8)
    prediction[0, 0] = prediction[-1, -1] = 1
    target = np.zeros(shape, np.uint8)
    target[-1, -1] = target[shape[0] // 2, 0] = 1
    picture = draw_detections(image, prediction,
                              target, rng.random(shape, np.float32))
    assert picture.dtype == np.uint8 and picture.shape[2] == 3
    assert cut_off == []


def test_a_prediction_of_everything_is_framed():
    target = scene((40, 40))
    picture = draw_detections(target, np.ones_like(target), target)
    (*_, result), below = parts(picture)
    assert count(result[[1, -2]], FALSE_ALARM) > 900
    assert num_frames(below, FALSE_ALARM) == num_frames(below, MISSED) == 1


@pytest.mark.parametrize(('changed', 'message'), [
    (dict(scores=scene()[:-1] * 1.0), r'scores must have the size of the '
     r'image, \(96, 128\), got \(95, 128\)'),
    (dict(image=np.zeros((96, 128))), 'image must be uint8 of shape'),
    (dict(scores=np.full((96, 128), np.nan)),
     r'scores must be within \[0, 1\]'),
    (dict(match='iou'), 'match must be'),
])
def test_wrong_arguments_are_named(changed, message):
    with pytest.raises(ValueError, match=message):
        draw_detections(**dict(
            dict(image=scene(), prediction=scene()), **changed))
