import dataclasses
from unittest import mock

import numpy as np
from mpl_toolkits.mplot3d import Axes3D

from projects.dstransnet.visualization.paper import draw_surfaces
from projects.dstransnet.visualization.paper.surfaces import POINTS


def test_surfaces_keep_single_pixels(scenes):
    scores = np.zeros((256, 200))
    scores[101, 99] = 0.7
    scene = dataclasses.replace(
        scenes[0], scores=dict(a=scores), target=np.zeros((256, 200)))
    with mock.patch.object(Axes3D, 'plot_surface') as plot:
        figure = draw_surfaces([scene])
    for call, highest in zip(plot.call_args_list, (0.7, 0)):
        _, _, heights = call.args
        assert heights.shape == (POINTS + 2, 50 + 2)
        assert heights.max() == np.float32(highest)
        assert call.kwargs['rasterized']
    picture, found, _ = figure.axes
    assert picture.get_images() and found.get_zlim() == (0, 1)
    titles = [text.get_text() for text in figure.texts]
    assert titles == ['Input', 'a', 'Ground truth']
