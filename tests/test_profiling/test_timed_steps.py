import dataclasses

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import AmpOptimWrapper

from projects.dstransnet.models.build import build_segmentor
from projects.dstransnet.profiling.timed_steps import (
    in_form,
    inference_step,
    optimizer_settings,
    parameter_count,
    random_images,
    random_samples,
    replayed,
    training_step,
)
from projects.dstransnet.utils.errors import InputError


@pytest.fixture
def cfg(config):
    return Config.fromfile(config)


def test_parameters_of_an_inference(cfg):
    """Those that only the training has are left out, as in the operations."""
    alone = build_segmentor(cfg)
    cfg.model.auxiliary_head = dict(
        type='FCNHead', in_channels=cfg.model.backbone.get('out_channels', 8),
        in_index=0, channels=4, num_classes=2)
    helped = build_segmentor(cfg)
    assert len(list(helped.parameters())) > len(list(alone.parameters()))
    assert parameter_count(helped) == parameter_count(alone) == sum(
        value.numel() for value in alone.parameters())


def test_images_are_always_the_same(cfg):
    images = random_images(cfg, 2, 8, 16)
    assert images.shape == (2, 3, 8, 16)
    assert torch.equal(images, random_images(cfg, 2, 8, 16))
    cfg.model.backbone.in_channels = 1
    assert random_images(cfg, 1, 8, 16).shape == (1, 1, 8, 16)


def test_classical_detectors_get_scenes():
    cfg = Config(dict(model=dict(type='ClassicalDetector')))
    images = random_images(cfg, 2, 32, 128)
    assert images.shape == (2, 1, 32, 128)
    assert images.dtype == torch.uint8
    assert images[0].ne(images[1]).any()


def test_masks_have_all_classes(cfg):
    images = random_images(cfg, 2, 8, 16)
    for sample in random_samples(build_segmentor(cfg), images):
        mask = sample.gt_sem_seg.data
        assert mask.shape == (1, 8, 16) and mask.unique().tolist() == [0, 1]


def test_deployed_form(case, cpu_bfloat16):
    case = dataclasses.replace(case, deployed=True, runtime='torch')
    plain = build_segmentor(Config.fromfile(case.config))
    for amp, dtype in ((None, torch.float32), ('bf16', torch.bfloat16),
                       ('fp16', torch.float16)):
        model = in_form(dataclasses.replace(case, amp=amp), plain)
        assert model.backbone.runtime.dtype == dtype
        assert not any('side_convs' in name for name in model.state_dict())
    # Nothing but the step that was asked for.
    model = in_form(
        dataclasses.replace(case, deploy_steps=('side_outputs', )), plain)
    names = list(model.state_dict())
    assert not any('side_convs' in name for name in names)
    assert any('running_mean' in name for name in names)
    assert in_form(dataclasses.replace(case, deployed=False), plain) is plain


def test_inference_returns_logits_without_gradients(case, cfg):
    model = build_segmentor(cfg).eval()
    images = random_images(cfg, 2, 32, 32)
    logits = inference_step(case, model, images)()
    assert not logits.requires_grad
    expected = model.encode_decode(images, [dict(img_shape=(32, 32))] * 2)
    torch.testing.assert_close(logits, expected)


@pytest.mark.parametrize('deployed, dtype', [(False, torch.bfloat16),
                                             (True, torch.float32)])
def test_autocast_is_for_the_plain_form(case, deployed, dtype):
    case = dataclasses.replace(case, amp='bf16', deployed=deployed)
    weight = torch.ones(4, 4)
    step = inference_step(case, lambda images, samples, mode: images @ weight,
                          torch.ones(4, 4))
    assert step().dtype == dtype


def test_training_lowers_the_loss_on_its_images(case, cfg, cpu_bfloat16):
    """In mixed precision, which the logits show."""
    case = dataclasses.replace(case, amp='bf16')
    model = build_segmentor(cfg)
    seen, dtypes = [], set()
    model.decode_head.conv_seg.register_forward_hook(
        lambda module, args, out: dtypes.add(out.dtype))
    parse = model.parse_losses

    def parse_losses(losses):
        seen.append(parse(losses)[0].item())
        return parse(losses)

    model.parse_losses = parse_losses
    before = [value.clone() for value in model.parameters()]
    step = training_step(case, cfg, model, random_images(cfg, 2, 32, 32),
                         model)
    for _ in range(3):
        step()
    assert model.training and dtypes == {torch.bfloat16}
    assert seen[-1] < seen[0]
    changed = [not torch.equal(old, new)
               for old, new in zip(before, model.parameters())]
    assert sum(changed) > 0.9 * len(changed)


def test_optimizer_is_the_config_s_or_adam(case, cfg):
    cfg.optim_wrapper = dict(
        type='AmpOptimWrapper', loss_scale='dynamic', dtype='bfloat16',
        optimizer=dict(type='SGD', lr=0.5), clip_grad=dict(max_norm=1))
    assert optimizer_settings(cfg, case) == dict(
        type='OptimWrapper', optimizer=dict(type='SGD', lr=0.5),
        clip_grad=dict(max_norm=1))
    half = optimizer_settings(cfg, dataclasses.replace(case, amp='fp16'))
    assert half['type'] == AmpOptimWrapper.__name__
    assert half['dtype'] == 'float16' and half['loss_scale'] == 'dynamic'
    # A plain row is one in float32, whatever the config trains in.
    cfg.optim_wrapper = dict(
        type='AutocastOptimWrapper', optimizer=dict(type='SGD', lr=0.5))
    for amp, kind in ((None, 'OptimWrapper'),
                      ('bf16', 'AutocastOptimWrapper')):
        assert optimizer_settings(
            cfg, dataclasses.replace(case, amp=amp)) == dict(
                type=kind, optimizer=dict(type='SGD', lr=0.5))
    cfg.optim_wrapper.type = 'ApexOptimWrapper'
    assert optimizer_settings(cfg, case) == cfg.optim_wrapper
    with pytest.raises(InputError, match='got ApexOptimWrapper'):
        optimizer_settings(cfg, dataclasses.replace(case, amp='bf16'))
    none = optimizer_settings(Config(dict(model=dict())), case)
    assert none == dict(
        type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-3))


@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a GPU')
def test_graph_replays_the_step():
    x, y = torch.ones(4, device='cuda'), torch.zeros(4, device='cuda')
    replay = replayed(lambda: y.add_(x))
    y.zero_()
    replay()
    torch.testing.assert_close(y, x)
    with pytest.raises(InputError, match='--cuda-graph: .* recorded'):
        replayed(lambda: y.sum().item())
