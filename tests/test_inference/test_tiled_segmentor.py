"""Tiled segmentors against a slow reference and the whole frame."""
import copy
import pickle
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from helpers.toy_models import slow_tiles, toy
from mmseg.models import EncoderDecoder
from mmseg.structures import SegDataSample
from torch import nn

from projects.dstransnet.inference import Tiling, blend_tiles, use_tiles
from projects.dstransnet.inference.tiled_segmentor import (
    LARGEST,
    from_shares,
    to_shares,
)
from projects.dstransnet.inference.tiles import tile_window
from projects.dstransnet.utils.errors import InputError


@pytest.fixture(autouse=True)
def _no_gradients():
    with torch.no_grad():
        yield


def sample(height: int, width: int, **meta) -> SegDataSample:
    shape = (height, width)
    return SegDataSample(metainfo=dict(
        dict(ori_shape=shape, img_shape=shape, img_path='a.png'), **meta))


def scores_of(model: nn.Module, frames: torch.Tensor) -> list[np.ndarray]:
    """Target probabilities as the framework's test step gives them."""
    found = model.test_step(dict(
        inputs=list(frames),
        data_samples=[sample(*frames.shape[2:]) for _ in frames]))
    logits = [each.seg_logits.data for each in found]
    return [(each[0] if len(each) == 1 else each.softmax(0)[1]).numpy()
            for each in logits]


def frames_of(*shape: int) -> torch.Tensor:
    return torch.randint(0, 256, shape, dtype=torch.uint8)


@pytest.mark.parametrize('channels', [1, 2])
@pytest.mark.parametrize(('height', 'width', 'tile', 'overlap'), [
    (64, 96, 32, 16), (80, 48, 32, 0), (96, 80, 48, 8)])
def test_slow_reference(channels, height, width, tile, overlap):
    model = toy(5, channels)
    frames = frames_of(2, 3, height, width)
    expected = [
        slow_tiles(model, (frame.float() - 100) / 50, tile, overlap)
        for frame in frames
    ]
    use_tiles(model, tile, overlap, batch_size=3)
    for found, reference in zip(scores_of(model, frames), expected):
        np.testing.assert_allclose(found, reference, atol=2e-6)


@pytest.mark.parametrize(('height', 'width'), [(32, 32), (16, 32), (48, 16)])
def test_a_frame_within_a_tile_is_taken_whole(height, width):
    model = toy(5)
    frames = frames_of(1, 3, height, width)
    (whole, ) = scores_of(model, frames)
    model.backbone.batches.clear()
    (found, ) = scores_of(use_tiles(model, 48, 16), frames)
    np.testing.assert_allclose(found, whole, atol=1e-6)
    assert model.backbone.batches == [(1, 3, height, width)]


def test_frames_of_odd_sizes_are_padded_to_the_network():
    model = use_tiles(toy(5), 32, 8)
    (found, ) = scores_of(model, frames_of(1, 3, 41, 70))
    assert found.shape == (41, 70)  # 48 x 80 with the padding
    assert {batch[2:] for batch in model.backbone.batches} == {(32, 32)}
    (found, ) = scores_of(model, frames_of(1, 3, 20, 70))
    assert found.shape == (20, 70)
    assert model.backbone.batches[-1] == (1, 3, 32, 32)


@pytest.mark.parametrize('batch', [1, 2, 5, 100])
def test_tiles_come_in_batches(batch):
    model, frames = toy(5), frames_of(2, 3, 64, 64)
    expected = scores_of(use_tiles(model, 32, 16), frames)
    model.backbone.batches.clear()
    found = scores_of(use_tiles(model, 32, 16, batch), frames)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    sizes = [shape[0] for shape in model.backbone.batches]
    assert sum(sizes) == 2 * 9
    assert max(sizes) == min(batch, 18)
    assert set(sizes[:-1]) <= {batch}


def test_metas_of_tiles_and_none_changed():
    seen = []

    def network(tiles, metas):
        seen.extend(metas)
        return tiles[:, :1]

    metas = [dict(img_path=name, img_shape=(32, 48), pad_shape=(32, 48))
             for name in 'ab']
    before = copy.deepcopy(metas)
    inputs = torch.randn(2, 3, 32, 48)
    logits = blend_tiles(network, inputs, metas, Tiling.make(32, 16))
    torch.testing.assert_close(logits, inputs[:, :1], rtol=1e-5, atol=1e-6)
    assert metas == before
    assert [meta['img_path'] for meta in seen] == ['a', 'a', 'b', 'b']
    for meta in seen:
        assert meta['img_shape'] == torch.Size((32, 32))
        assert isinstance(meta['img_shape'], torch.Size)


def test_everything_happens_on_the_device_of_the_input():
    # Tensors of this device have no values: a copy elsewhere, or a decision
    # on a value, would raise.
    logits = blend_tiles(lambda tiles, _: tiles[:, :1],
                         torch.empty(1, 3, 64, 96, device='meta'), [{}],
                         Tiling.make(32, 16, 4))
    assert logits.is_meta and logits.shape == (1, 1, 64, 96)


def test_large_tensors_are_few():
    """Per pixel of the frame: two sums and the result, nothing a tile."""
    frame, created = torch.zeros(1, 3, 512, 512), []

    class Counter(torch.utils._python_dispatch.TorchDispatchMode):

        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            out = function(*args, **(kwargs or {}))
            if isinstance(out, torch.Tensor):
                created.append(out.untyped_storage())
            return out

    with Counter():
        blend_tiles(lambda tiles, _: tiles[:, :1], frame, [{}],
                    Tiling.make(64, 16, 2))
    own = frame.untyped_storage().data_ptr()
    large = {each.data_ptr(): each.nbytes() for each in created
             if each.nbytes() >= 512 * 512 * 4 and each.data_ptr() != own}
    assert sum(large.values()) == 3 * 512 * 512 * 4


def test_any_class_of_the_kind():

    class Mine(EncoderDecoder):

        def encode_decode(self, inputs, batch_img_metas):
            return torch.full_like(inputs[:, :1], 2.)

    model = toy()
    model.__class__ = Mine
    (found, ) = scores_of(use_tiles(model, 32, 8), frames_of(1, 3, 64, 64))
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-2)), rtol=1e-6)


def test_other_models_are_left_alone():
    config = toy().test_cfg
    tiled, other = toy(), toy()
    other.test_cfg = tiled.test_cfg  # as two models of one config share it
    use_tiles(tiled, 32, 8)
    assert other.test_cfg == config and other.test_cfg.mode == 'whole'
    assert 'slide_inference' not in vars(other)


@pytest.mark.parametrize('again', [
    copy.copy, copy.deepcopy,
    lambda model: pickle.loads(pickle.dumps(model))],
    ids=['copy', 'deepcopy', 'pickle'])
def test_copies_and_pickles_blend(again):
    model, frames = use_tiles(toy(5), 32, 8), frames_of(1, 3, 64, 64)
    (expected, ) = scores_of(model, frames)
    twin = again(model)
    np.testing.assert_array_equal(scores_of(twin, frames)[0], expected)
    # With settings of its own, even where it shares the network.
    twin.test_cfg = copy.deepcopy(twin.test_cfg)
    use_tiles(twin, 48, 16)
    assert not np.array_equal(scores_of(twin, frames)[0], expected)
    np.testing.assert_array_equal(scores_of(model, frames)[0], expected)


def test_registered_segmentor_by_its_config():
    frames = frames_of(1, 3, 64, 80)
    expected = scores_of(use_tiles(toy(5), 32, 8, 2), frames)
    model = toy(5, kind='TiledEncoderDecoder', mode='slide',
                crop_size=(32, 32), stride=(24, 24), tile_batch=2)
    np.testing.assert_array_equal(scores_of(model, frames), expected)
    assert max(batch[0] for batch in model.backbone.batches) == 2
    # The same weights, so the same checkpoints.
    assert model.state_dict().keys() == toy(5).state_dict().keys()


def test_wrong_tiles_and_models():
    with pytest.raises(InputError, match='multiples of 16'):
        use_tiles(toy(), 40)
    use_tiles(toy(divisor=None), 40, 8)
    with pytest.raises(InputError, match='expected an EncoderDecoder of '
                       'mmseg, got Conv2d'):
        use_tiles(nn.Conv2d(1, 1, 1), 32)
    wrapper = nn.Module()
    wrapper.module = SimpleNamespace()
    with pytest.raises(InputError, match='got SimpleNamespace'):
        use_tiles(wrapper, 32, 8)


def test_one_tile_keeps_its_logits():
    logits = torch.linspace(-LARGEST, LARGEST, 4001).reshape(1, 1, 1, -1)
    found = from_shares(0.3 * to_shares(logits), 1)
    torch.testing.assert_close(found, logits, rtol=1e-6, atol=1e-6)
    assert (found.sigmoid() - logits.sigmoid()).abs().max() < 1e-6


@pytest.mark.parametrize('channels', [1, 2])
def test_everything_stays_finite(channels):
    logits = torch.tensor([-1e30, -90., 90., 1e30]).repeat(1, channels, 1, 1)
    logits[:, 1:] *= -1
    least = tile_window((512, 512), (256, 256)).min()
    found = from_shares(to_shares(logits) * least, channels)
    assert torch.isfinite(found).all()
    assert (found[0, 0, 0, :2] < -35).all()


def test_half_precision_is_summed_in_float32():
    assert to_shares(torch.zeros(1, 1, 2, 2).half()).dtype == torch.float32
