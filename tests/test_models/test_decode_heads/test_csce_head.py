import warnings

import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

from projects.dstransnet.models import CSCEHead

CHANNELS = (2, 3, 4, 5, 6)
STAGES = (7, 5, 3, 2)
MAPS = ('side4', 'side3', 'side2', 'side1', 'fused', 'out')
SMALL_MAPS = ('side2', 'side1', 'fused', 'out')
BCE = dict(type='CrossEntropyLoss', use_sigmoid=True, loss_name='loss_bce')


def _head(**settings):
    return CSCEHead(**dict(in_channels=CHANNELS, stage_channels=STAGES)
                    | settings)


def _features(size=(32, 16), n=2, **like):
    return [
        torch.randn(n, c, size[0] // 2**i, size[1] // 2**i, **like)
        for i, c in enumerate(CHANNELS)
    ]


def _sample(label):
    sample = SegDataSample()
    sample.gt_sem_seg = PixelData(data=label[None])
    return sample


def _labels(size=(32, 16), n=2):
    return (torch.rand(n, *size) > 0.8).long()


def _decode_slow(head, features):
    """Deepest map and output of every stage, from the parts of the head."""
    decoded = [features[-1]]
    for stage, skip in zip(head.stages, features[-2::-1]):
        up = decoded[-1].repeat_interleave(2, dim=2).repeat_interleave(
            2, dim=3)
        x = torch.cat((stage.gate(skip, up), up), dim=1)
        for block in stage.convs:
            x = F.conv2d(x, block.conv.weight, block.conv.bias, padding=1)
            mean = block.bn.running_mean.view(-1, 1, 1)
            deviation = torch.sqrt(block.bn.running_var + 1e-5).view(-1, 1, 1)
            x = ((x - mean) / deviation * block.bn.weight.view(-1, 1, 1) +
                 block.bn.bias.view(-1, 1, 1)).clamp(min=0)
        decoded.append(x)
    return decoded


def test_all_maps_match_their_definition():
    head = _head().double().eval()
    for module in head.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.running_mean)
            torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
            torch.nn.init.normal_(module.weight, 1, 0.3)
            torch.nn.init.normal_(module.bias)
    features = _features(dtype=torch.float64)
    *coarse, finest = _decode_slow(head, features)
    expected = []
    for conv, x in zip(head.side_convs, coarse):
        expected.append(F.interpolate(
            conv(x), (32, 16), mode='bilinear', align_corners=True))
    out = head.conv_seg(finest)
    expected.append(head.fuse_conv(torch.cat((*expected, out), dim=1)))
    expected.append(out)

    got = head.forward_all(features)
    assert tuple(got) == MAPS
    for name, wanted in zip(MAPS, expected):
        assert got[name].shape == (2, 1, 32, 16)
        torch.testing.assert_close(
            got[name], wanted, rtol=1e-10, atol=1e-10, msg=name)
    torch.testing.assert_close(head(features), out, rtol=1e-10, atol=1e-10)


def test_sides_are_not_computed_at_inference():
    head = _head()
    calls = []
    for name, module in head.named_modules():
        if name.startswith(('side_convs.', 'fuse_conv')):
            module.register_forward_hook(
                lambda *_, name=name: calls.append(name))
    features = _features()
    head(features)
    head.predict(features, [dict(img_shape=(32, 16))] * 2, {})
    assert calls == []
    head.forward_all(features)
    assert calls == [f'side_convs.{i}' for i in range(4)] + ['fuse_conv']


def test_loss_is_the_mean_cross_entropy_of_every_map():
    head = _head()
    features, labels = _features(), _labels()
    losses = head.loss(features, [_sample(label) for label in labels], {})
    assert list(losses) == [f'loss_bce_{name}' for name in MAPS]
    # In training mode batch norms do not depend on what they have seen.
    target = labels.unsqueeze(1).float()
    for name, logits in head.forward_all(features).items():
        torch.testing.assert_close(
            losses[f'loss_bce_{name}'],
            F.binary_cross_entropy_with_logits(logits, target),
            rtol=1e-6,
            atol=1e-6)


def test_without_deep_supervision_there_are_no_sides():
    deep, plain = _head(), _head(deep_supervision=False)
    gone = set(deep.state_dict()) - set(plain.state_dict())
    assert gone == {
        f'{name}.{kind}'
        for name in ('side_convs.0', 'side_convs.1', 'side_convs.2',
                     'side_convs.3', 'fuse_conv')
        for kind in ('weight', 'bias')
    }
    features, samples = _features(), list(map(_sample, _labels()))
    assert list(plain.loss(features, samples, {})) == ['loss_bce_out']
    deep.load_state_dict(plain.state_dict(), strict=False)
    torch.testing.assert_close(plain(features), deep(features))


def test_defaults_are_those_of_the_paper():
    with torch.device('meta'), warnings.catch_warnings():
        warnings.simplefilter('error')
        warnings.filterwarnings('ignore', 'Default ``avg_non_ignore``')
        warnings.filterwarnings('ignore', 'Unnecessary conv bias')
        head = MODELS.build(dict(type='CSCEHead'))
    assert head.threshold == 0.5
    assert head.num_classes == 2 and head.out_channels == 1
    assert head.dropout is None
    convs = [stage.convs[0].conv for stage in head.stages]
    assert [(c.in_channels, c.out_channels) for c in convs] == [
        (512, 128), (256, 64), (128, 32), (64, 32)
    ]
    assert [c.in_channels for c in head.side_convs] == [256, 128, 64, 32]
    assert head.stages[0].gate.spatial_conv.weight.shape == (1, 2, 7, 7)


def test_stages_must_be_one_fewer_than_maps():
    with pytest.raises(
            ValueError, match='stage_channels .* in_channels, got 5 and 5'):
        _head(stage_channels=(1, 2, 3, 4, 5))


def test_hooks_on_the_joining_convolution_see_it_run():
    head, features, seen = _head().eval(), _features(n=1), []
    expected = head(features)
    head.stages[-1].convs[0].conv.register_forward_hook(
        lambda layer, inputs, out: seen.append((inputs[0].shape, out.shape)))
    torch.testing.assert_close(head(features), expected, rtol=1e-5, atol=1e-5)
    assert seen == [((1, 5, 32, 16), (1, 2, 32, 16))]


@pytest.fixture
def segmentor():
    init_default_scope('mmseg')
    return MODELS.build(Config(
        dict(
            type='EncoderDecoder',
            data_preprocessor=dict(
                type='SegDataPreProcessor',
                mean=[100, 110, 120],
                std=[30, 40, 50],
                bgr_to_rgb=True,
                pad_val=0,
                seg_pad_val=255,
                size=(32, 40),
                test_cfg=dict(size_divisor=8)),
            backbone=dict(
                type='DSTransNetBackbone',
                base_channels=2,
                width_multipliers=(1, 2, 2),
                wavelet_levels=(1, 1, 1)),
            neck=dict(
                type='RDSFNeck', in_channels=(2, 4), patch_sizes=(4, 2),
                num_blocks=1),
            decode_head=dict(
                type='CSCEHead',
                in_channels=(2, 4, 4),
                stage_channels=(4, 2),
                loss_decode=BCE),
            train_cfg=dict(),
            test_cfg=dict(mode='whole'))))


def _batch(size=(25, 35), n=2):
    images = [
        torch.randint(0, 256, (3, *size), dtype=torch.uint8) for _ in range(n)
    ]
    samples = [_sample(label) for label in _labels(size, n)]
    for sample in samples:
        sample.set_metainfo(dict(ori_shape=size, img_shape=size))
    return dict(inputs=images, data_samples=samples)


def _normalised_and_padded(images):
    """RGB images as the network should see them, zeros right and below."""
    out = torch.zeros(len(images), 3, 32, 40)
    for i, image in enumerate(images):
        for c, (mean, std) in enumerate(((100, 30), (110, 40), (120, 50))):
            out[i, c, :25, :35] = (image[2 - c].float() - mean) / std
    return out


def test_segmentor_learns_from_images_of_any_size(segmentor):
    batch = _batch()
    labels = torch.stack(
        [sample.gt_sem_seg.data for sample in batch['data_samples']])
    images = _normalised_and_padded(batch['inputs'])
    losses = segmentor(
        **segmentor.data_preprocessor(batch, training=True), mode='loss')
    assert list(losses) == [f'decode.loss_bce_{name}' for name in SMALL_MAPS]

    logits = segmentor.decode_head.forward_all(segmentor.extract_feat(images))
    for name in SMALL_MAPS:
        inside = F.binary_cross_entropy_with_logits(
            logits[name][..., :25, :35], labels.float(), reduction='sum')
        # Padding adds nothing to the sum, but counts as pixels.
        torch.testing.assert_close(losses[f'decode.loss_bce_{name}'],
                                   inside / (2 * 32 * 40))

    total, logged = segmentor.parse_losses(losses)
    torch.testing.assert_close(total, sum(losses.values()))
    assert set(logged) == {'loss', *losses}


def test_segmentor_predicts_at_the_size_of_the_file(segmentor):
    segmentor.eval()
    ori_shape = (12, 70)
    batch = _batch()
    images = _normalised_and_padded(batch['inputs'])
    for sample in batch['data_samples']:
        sample.set_metainfo(dict(ori_shape=ori_shape))
    with torch.no_grad():
        results = segmentor.test_step(batch)
        logits = segmentor.decode_head(segmentor.extract_feat(images))
    expected = F.interpolate(
        logits[..., :25, :35], ori_shape, mode='bilinear').sigmoid()
    assert len(results) == 2
    for result, probability in zip(results, expected):
        assert result.pred_sem_seg.data.shape == (1, *ori_shape)
        torch.testing.assert_close(result.seg_logits.data, probability)
        assert torch.equal(result.pred_sem_seg.data.bool(),
                           result.seg_logits.data > 0.5)
