from types import SimpleNamespace

import mmcv
import numpy as np
import pytest
import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from projects.dstransnet.hooks import IRSTDVisualizationHook, mask_at_size


def sample(logits: torch.Tensor, **meta: object) -> SegDataSample:
    data = logits.sigmoid() if len(logits) == 1 else logits
    result = SegDataSample(
        seg_logits=PixelData(data=data), metainfo=dict(meta))
    return result


def test_logits_are_interpolated_before_the_threshold():
    logits = torch.tensor([[[-6., 2.]]])
    mask = mask_at_size(sample(logits), (1, 8))
    expected = torch.nn.functional.interpolate(
        logits[None], size=(1, 8), mode='bilinear')[0, 0] > 0
    assert mask.tolist() == expected.tolist()
    # Interpolated probabilities would cross 0.5 elsewhere.
    scores = torch.nn.functional.interpolate(
        logits.sigmoid()[None], size=(1, 8), mode='bilinear')[0, 0]
    assert mask.tolist() != (scores > 0.5).tolist()


def test_two_channels_give_the_same_mask_as_their_difference():
    logits = torch.randn(2, 6, 7)
    one = sample((logits[1] - logits[0])[None])
    assert (mask_at_size(sample(logits), (9, 11)) == mask_at_size(
        one, (9, 11))).mean() > 0.99


@pytest.fixture
def drawn(tmp_path):
    """A sample with files of 20 x 30 pixels, predicted at 10 x 15."""
    image = np.full((20, 30, 3), 70, np.uint8)
    mask = np.zeros((20, 30), np.uint8)
    mask[8:12, 10:14] = 255
    mmcv.imwrite(image, str(tmp_path / 'scene.png'))
    mmcv.imwrite(mask, str(tmp_path / 'scene_mask.png'))
    logits = torch.full((1, 10, 15), -8.)
    logits[0, 4:6, 5:7] = 8
    return sample(
        logits,
        img_path=str(tmp_path / 'scene.png'),
        seg_map_path=str(tmp_path / 'scene_mask.png'))


def test_files_are_written_in_the_size_of_the_image(drawn, tmp_path):
    hook = IRSTDVisualizationHook(draw=True, out_dir=str(tmp_path / 'out'))
    hook.after_test_iter(None, 0, None, [drawn])
    mask = mmcv.imread(str(tmp_path / 'out/masks/scene.png'), 'unchanged')
    assert mask.shape == (20, 30)
    assert (mask[8:12, 10:14] == 255).all()
    assert mask.sum() == 16 * 255
    assert (tmp_path / 'out/pictures/scene.png').is_file()


def test_backends_of_the_visualizer_get_the_picture(drawn):
    added = []
    runner = SimpleNamespace(
        iter=7,
        visualizer=SimpleNamespace(
            add_image=lambda name, image, step: added.append(
                (name, image.shape[2], step))))
    hook = IRSTDVisualizationHook(draw=True, interval=2)
    for batch in range(4):
        hook.after_val_iter(runner, batch, None, [drawn])
    assert added == [('val_scene', 3, 7)] * 2


def test_nothing_is_drawn_unless_asked_to(drawn):
    IRSTDVisualizationHook().after_test_iter(None, 0, None, [drawn])


def test_windows_are_refused():
    with pytest.raises(ValueError, match='opens no windows'):
        IRSTDVisualizationHook(draw=True, show=True)
