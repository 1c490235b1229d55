"""Pictures of frames with detected targets."""
import numpy as np

from projects.dstransnet.inference import Target
from projects.dstransnet.visualization.findings import Kind
from projects.dstransnet.visualization.targets import draw_targets

BLUE = Kind.DETECTION.colour


def drawn(targets, shape=(64, 96), **more):
    image = np.full(shape, 100, np.uint8)
    mask = np.zeros(shape, bool)
    for each in targets:
        mask[each.y1:each.y2, each.x1:each.x2] = True
    return draw_targets(image, targets, mask, **more)


def test_a_circle_around_the_target():
    target = Target(.9, 40, 20, 42, 22, 20.5, 40.5, 4, .8)
    rows, columns = np.nonzero((drawn([target]) == BLUE).all(axis=2))
    # The frame is enlarged by 8; the number stands to the upper right.
    assert columns.min() < 8 * 41 - 10 and rows.max() > 8 * 21 + 10
    assert abs((rows.max() + rows.min()) / 2 - 8 * 21) < 40


def test_without_targets_the_frame_alone():
    picture = drawn([])
    assert picture.shape == (512, 768, 3) and (picture == 100).all()


def test_close_up_does_not_hide_targets():
    targets = [Target(.9, x, y, x + 2, y + 2, y + .5, x + .5, 4, .8)
               for y, x in ((4, 4), (58, 4), (58, 90))]
    picture = drawn(targets, note='frame 1')
    assert (picture[8:252, -252:-8] != 100).any(axis=2).mean() > 0.3
    assert not (picture[:10, :40] == 100).all()  # the note


def test_large_frames_keep_their_size_and_deep_ones_are_stretched():
    image = np.linspace(12000, 12100, 1000 * 900).reshape(900, 1000)
    picture = draw_targets(image, [], np.zeros((900, 1000), bool))
    assert picture.shape == (900, 1000, 3) and picture.max() == 255
