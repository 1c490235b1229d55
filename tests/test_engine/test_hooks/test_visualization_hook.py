from types import SimpleNamespace

import mmcv
import numpy as np
import pytest
import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from projects.dstransnet.engine.hooks import (
    IRSTDVisualizationHook,
    visualization_hook,
)
from projects.dstransnet.engine.hooks.visualization_hook import scores_at_size
from projects.dstransnet.utils.errors import InputError


def sample(logits: torch.Tensor, **meta: object) -> SegDataSample:
    data = logits.sigmoid() if len(logits) == 1 else logits
    result = SegDataSample(
        seg_logits=PixelData(data=data), metainfo=dict(meta))
    return result


@pytest.mark.parametrize('channels', [1, 2])
def test_scores_are_those_of_interpolated_logits(channels):
    logits = torch.randn(channels, 4, 5)
    scores = scores_at_size(sample(logits), (9, 11))
    large = torch.nn.functional.interpolate(
        logits[None], size=(9, 11), mode='bilinear')[0]
    expected = large[0].sigmoid() if channels == 1 else large.softmax(0)[1]
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, expected.numpy(), atol=1e-6)


@pytest.mark.parametrize('dtype', [torch.float32, torch.float16])
def test_scores_stay_as_they_are_at_their_own_size(dtype):
    """A 0 is above no threshold, and is not above 0 either."""
    scores = torch.tensor([[[0., 1e-9, 0.3], [0.5, 1 - 2**-11, 1]]]).to(dtype)
    prediction = SegDataSample(seg_logits=PixelData(data=scores.clone()))
    found = scores_at_size(prediction, (2, 3))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, scores[0].float().numpy())
    expected = (scores[0] > 0).numpy()
    assert not expected[0, 0]
    assert ((found > 0) == expected).all()
    # In another size there is no logit of 0 or of 1, but a number.
    larger = scores_at_size(prediction, (4, 6))
    assert np.isfinite(larger).all()
    assert larger.min() < 1e-6 and larger.max() > 0.999


def drawable(folder, name='scene'):
    """A sample with files of 20 x 30 pixels, predicted at 10 x 15."""
    image = np.full((20, 30, 3), 70, np.uint8)
    mask = np.zeros((20, 30), np.uint8)
    mask[8:12, 10:14] = 255
    mmcv.imwrite(image, str(folder / f'{name}.png'))
    mmcv.imwrite(mask, str(folder / f'{name}_mask.png'))
    logits = torch.full((1, 10, 15), -8.)
    logits[0, 4:6, 5:7] = 8
    return sample(
        logits,
        img_path=str(folder / f'{name}.png'),
        seg_map_path=str(folder / f'{name}_mask.png'))


@pytest.fixture
def drawn(tmp_path):
    return drawable(tmp_path)


@pytest.fixture
def day_and_night(tmp_path):
    """Two samples whose images have one base name."""
    return [drawable(tmp_path / part) for part in ('day', 'night')]


def files(folder):
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob('*.png'))


def recorder():
    """A runner whose visualizer keeps what it gets, and the list of that."""
    added = []
    runner = SimpleNamespace(
        iter=7,
        visualizer=SimpleNamespace(
            add_image=lambda name, image, step: added.append(
                (name, image.shape[2], step))))
    return runner, added


def test_files_are_written_in_the_size_of_the_image(drawn, tmp_path):
    hook = IRSTDVisualizationHook(draw=True, out_dir=str(tmp_path / 'out'))
    hook.after_test_iter(None, 0, None, [drawn])
    mask = mmcv.imread(str(tmp_path / 'out/masks/scene.png'), 'unchanged')
    assert mask.shape == (20, 30)
    assert (mask[8:12, 10:14] == 255).all()
    assert mask.sum() == 16 * 255
    assert (tmp_path / 'out/pictures/scene.png').is_file()


def test_backends_of_the_visualizer_get_the_picture(drawn):
    runner, added = recorder()
    hook = IRSTDVisualizationHook(draw=True, interval=2)
    for batch in range(4):
        hook.after_val_iter(runner, batch, None, [drawn])
    assert added == [('val_scene', 3, 7)] * 2


def test_intervals_of_no_batch_are_refused():
    with pytest.raises(ValueError, match='interval must be at least 1, got 0'):
        IRSTDVisualizationHook(draw=True, interval=0)


def test_windows_are_refused():
    with pytest.raises(ValueError, match='opens no windows'):
        IRSTDVisualizationHook(draw=True, show=True)


class Images:
    """A data set of which only paths are known."""

    def __init__(self, *paths: str) -> None:
        self.paths = paths

    def __len__(self) -> int:
        return len(self.paths)

    def get_data_info(self, number: int) -> dict:
        return dict(img_path=self.paths[number])


def runner_with(**datasets: Images) -> SimpleNamespace:
    return SimpleNamespace(
        **{f'{split}_dataloader': SimpleNamespace(dataset=dataset)
           for split, dataset in datasets.items()})


@pytest.mark.parametrize('split', ['val', 'test'])
def test_names_are_checked_before_anything_is_drawn(split, tmp_path):
    """Those of all images: two processes draw every second one."""
    twins = Images('/data/day/a.png', '/data/b.png', '/data/night/a.png')
    other = dict(val='test', test='val')[split]
    runner = runner_with(**{split: twins, other: Images('/data/c.png')})
    out = tmp_path / 'out'

    def check(which: str, **options: object) -> None:
        hook = IRSTDVisualizationHook(
            **dict(dict(draw=True, out_dir=str(out)), **options))
        getattr(hook, f'before_{which}')(runner)

    with pytest.raises(
            InputError, match=r'/day/a\.png and /data/night/a\.png would both '
            "be written as 'a'; set image_root to '/data'"):
        check(split)
    assert not out.exists()
    check(other)
    check(split, image_root='/data')
    check(split, draw=False)
    check(split, out_dir=None)  # names of the visualizer have their step


def test_names_for_the_visualizer_have_no_folders(day_and_night, tmp_path):
    # Its local backend writes NAME_STEP.png and creates no folder for it.
    runner, added = recorder()
    hook = IRSTDVisualizationHook(draw=True, image_root=str(tmp_path))
    twin = drawable(tmp_path, 'day%2Fscene')
    hook.after_test_iter(runner, 4, None, [*day_and_night, twin])
    assert [name for name, _, _ in added] == [
        'test_day%2Fscene', 'test_night%2Fscene', 'test_day%252Fscene'
    ]


def test_scenes_without_files_are_named_by_their_number(tmp_path):
    path = 'synthetic://seed=3,size=96/{}/000012.png'
    scene = sample(
        torch.full((1, 96, 96), -8.),
        img_path=path.format('images'),
        seg_map_path=path.format('masks'))
    out = tmp_path / 'out'
    IRSTDVisualizationHook(
        draw=True, out_dir=str(out)).after_test_iter(None, 0, None, [scene])
    assert files(out) == ['masks/000012.png', 'pictures/000012.png']


@pytest.fixture
def arguments(monkeypatch):
    """What the drawing function was called with, the last time."""
    kept = {}

    def draw(image, prediction, target=None, scores=None, **options):
        kept.update(
            image=image,
            prediction=prediction,
            target=target,
            scores=scores,
            options=options)
        return np.zeros((4, 4, 3), np.uint8)

    monkeypatch.setattr(visualization_hook, 'draw_detections', draw)
    return kept


def test_everything_is_drawn_at_the_size_of_the_image(drawn, arguments,
                                                      tmp_path):
    options = dict(match='overlap', distance=5.0, connectivity=4)
    hook = IRSTDVisualizationHook(
        draw=True, out_dir=str(tmp_path / 'out'), threshold=0.2, **options)
    hook.after_test_iter(None, 0, None, [drawn])
    for name in ('prediction', 'target', 'scores'):
        assert arguments[name].shape == (20, 30)
    assert arguments['image'].shape == (20, 30, 3)
    assert ((arguments['scores'] > 0.2) == arguments['prediction']).all()
    assert len(np.unique(arguments['scores'])) > 2
    assert arguments['options'] == options


def test_without_a_mask_the_detections_are_drawn(drawn, arguments, tmp_path):
    drawn.pop('seg_map_path')
    hook = IRSTDVisualizationHook(draw=True, out_dir=str(tmp_path / 'out'))
    hook.after_test_iter(None, 0, None, [drawn])
    assert arguments['target'] is None
    assert arguments['prediction'].sum() == 16
