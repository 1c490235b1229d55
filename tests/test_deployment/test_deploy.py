"""Whole segmentors in the deployed form beside the plain ones."""
import copy
import importlib

import numpy as np
import pytest
import torch
from helpers.small_networks import (
    assert_equal_up_to_rounding,
    count,
    dstransnet,
    images,
    logits,
    needs_gpu,
    needs_openvino,
    unet,
)
from mmengine.config import ConfigDict
from mmengine.structures import PixelData
from mmseg.models import CascadeEncoderDecoder, EncoderDecoder, FCNHead
from mmseg.structures import SegDataSample
from torch import nn

from projects.dstransnet import IRSTDTTAModel, use_tiles
from projects.dstransnet.deployment import (
    STEPS,
    CUDAGraphRuntime,
    EagerRuntime,
    OpenVINORuntime,
    choose_runtime,
    deploy,
    is_deployed,
)
from projects.dstransnet.deployment.deploy import (
    LogitsNetwork,
    RuntimeHead,
    around_runtime,
    check_deployable,
    frozen_copy,
)
from projects.dstransnet.utils.errors import InputError

RUNNING = ['torch', pytest.param('openvino', marks=needs_openvino)]


@pytest.fixture(scope='module')
def plain():
    return dstransnet()


@pytest.fixture(scope='module', params=RUNNING)
def deployed(request, plain):
    """Compiled once for the tests that need no other shape."""
    return deploy(plain, runtime=request.param)


def data(*sizes: tuple[int, int], **meta) -> dict:
    rng = np.random.default_rng(0)
    frames, samples = [], []
    for height, width in sizes:
        frames.append(torch.from_numpy(
            rng.integers(0, 256, (3, height, width), np.uint8)))
        samples.append(SegDataSample(metainfo=dict(
            ori_shape=(height, width), img_shape=(height, width), **meta)))
        samples[-1].gt_sem_seg = PixelData(
            data=torch.zeros(1, height, width, dtype=torch.long))
    return dict(inputs=frames, data_samples=samples)


def predictions(model, batch: dict) -> list[torch.Tensor]:
    with torch.no_grad():
        found = model.test_step(copy.deepcopy(batch))
    for sample in found:
        assert sample.pred_sem_seg.shape == sample.seg_logits.shape
    return [sample.seg_logits.data for sample in found]


def assert_same_predictions(found, expected):
    assert len(found) == len(expected)
    for one, other in zip(found, expected):
        assert_equal_up_to_rounding(one, other)


def test_predictions(plain, deployed):
    """Padded to 32 x 32 by the preprocessor, and cut again."""
    batch = data((25, 30))
    assert isinstance(deployed, EncoderDecoder) and not deployed.training
    assert_same_predictions(predictions(deployed, batch),
                            predictions(plain, batch))
    x = images(1, 3, 32, 32)
    metas = [dict(img_shape=(32, 32), ori_shape=(32, 32))]
    with torch.no_grad():
        assert_equal_up_to_rounding(deployed.encode_decode(x, metas),
                                    plain.encode_decode(x, metas))
        assert_equal_up_to_rounding(
            deployed.predict(x)[0].seg_logits.data,
            plain.predict(x)[0].seg_logits.data)


def test_training_is_refused(deployed):
    x = images(1, 3, 32, 32)
    for call in (lambda: deployed.loss(x, []),
                 lambda: deployed(x, [], mode='loss')):
        with pytest.raises(RuntimeError,
                           match='a deployed model cannot be trained'):
            call()
    deployed.train()
    expected = logits(deployed, x)
    deployed.eval()
    assert torch.equal(logits(deployed, x), expected)


def test_tiles(plain, deployed):
    plain, deployed = copy.deepcopy(plain), copy.copy(deployed)
    use_tiles(plain, 32, 16)
    use_tiles(deployed, 32, 16)
    batch = data((48, 64))
    expected = predictions(plain, batch)
    assert_same_predictions(predictions(deployed, batch), expected)


def test_tiles_before_deployment(plain):
    tiled = use_tiles(copy.deepcopy(plain), 32, 16)
    batch = data((48, 64))
    found = predictions(deploy(tiled, runtime='torch'), batch)
    assert_same_predictions(found, predictions(tiled, batch))
    whole = predictions(plain, batch)
    assert not torch.allclose(found[0], whole[0], atol=1e-4)


def test_views(plain, deployed):
    views = [data((32, 32), flip=False), data(
        (32, 32), flip=True, flip_direction='horizontal')]
    batch = {key: [view[key] for view in views] for key in views[0]}
    wrapped, expected = (
        predictions(IRSTDTTAModel(model), batch)
        for model in (deployed, plain))
    assert_same_predictions(wrapped, expected)


def test_the_original_stays(plain):
    model = copy.deepcopy(plain).train()
    model.backbone.stages[0].requires_grad_(False)
    before = copy.deepcopy(model.state_dict())
    modes = [module.training for module in model.modules()]
    grads = [value.requires_grad for value in model.parameters()]
    fast = deploy(model, runtime='torch')
    logits(fast, images(1, 3, 32, 32))
    for value in fast.parameters():
        value.data.zero_()
    after = model.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert [module.training for module in model.modules()] == modes
    assert [value.requires_grad for value in model.parameters()] == grads
    assert model.training and any(grads) and not all(grads)
    # Batch norms use the statistics of training, whatever the mode was.
    assert_equal_up_to_rounding(
        logits(deploy(model, runtime='torch'), images(1, 3, 32, 32)),
        logits(plain, images(1, 3, 32, 32)))


def test_copies_and_states(plain):
    fast, x = deploy(plain, runtime='torch'), images(1, 3, 32, 32)
    expected = logits(fast, x)
    state = fast.state_dict()
    twin = copy.deepcopy(fast)
    assert torch.equal(logits(twin, x), expected)
    for value in twin.backbone.parameters():
        value.data.mul_(1.5)
    assert not torch.allclose(logits(twin, x), expected)
    assert torch.equal(logits(fast, x), expected)
    twin.load_state_dict(state)
    assert torch.equal(logits(twin, x), expected)
    assert count(fast, nn.BatchNorm2d) == 0
    assert not any('side_convs' in name for name in state)


def test_batches_and_shapes(plain):
    fast = deploy(plain, runtime='torch')
    for shape in ((3, 3, 16, 16), (1, 3, 48, 16)):
        assert_equal_up_to_rounding(logits(fast, images(*shape)),
                                    logits(plain, images(*shape)))
    with pytest.raises(ValueError, match='multiples of 16'):
        logits(fast, images(1, 3, 40, 40))


def test_bfloat16(plain, cpu_bfloat16):
    fast, x = deploy(plain, dtype=torch.bfloat16, runtime='torch'), images(
        1, 3, 32, 32)
    found, expected = logits(fast, x), logits(plain, x)
    assert found.dtype == torch.float32
    assert 1e-5 < (found - expected).abs().max() < 0.1 * expected.abs().max()


def test_steps_by_name(plain):
    fast = deploy(plain, runtime='torch', steps=['wavelet_scale'])
    assert count(fast, nn.BatchNorm2d) == count(plain, nn.BatchNorm2d)
    assert count(deploy(plain, runtime='torch', steps=[]), nn.BatchNorm2d)
    with pytest.raises(InputError, match=r"steps: .*, got \['fold_it'\]"):
        deploy(plain, runtime='torch', steps=['fold_it', *STEPS])


def test_runtimes(plain, monkeypatch):
    kind = type(deploy(plain).backbone.runtime)
    automatic = choose_runtime('auto', 'cpu')
    assert kind is dict(
        torch=EagerRuntime, openvino=OpenVINORuntime)[automatic]
    assert choose_runtime('auto', 'cpu', torch.float16) == 'torch'
    assert choose_runtime('auto', 'cuda:1') == 'torch'
    for name, device in [('torch', 'cpu'), ('torch', 'cuda'),
                         ('compile', 'cpu'), ('cuda_graph', 'cuda')]:
        assert choose_runtime(name, device) == name
    for name, device, message in [
            ('openvino', 'cuda:0', "'openvino' needs a model on device 'cpu', "
             "this one is on 'cuda:0'"),
            ('cuda_graph', 'cpu', "'cuda_graph' needs a model on device "
             "'cuda'"),
            ('onnx', 'cpu', "expected one of .*, got 'onnx'")]:
        with pytest.raises(InputError, match=f'runtime: {message}'):
            choose_runtime(name, device)
    # By name, as the package's attribute is the function.
    module = importlib.import_module('projects.dstransnet.deployment.deploy')
    monkeypatch.setattr(module, 'openvino_available', lambda: False)
    assert choose_runtime('auto', 'cpu') == 'torch'


@needs_openvino
def test_types_of_openvino():
    assert choose_runtime('openvino', 'cpu', torch.bfloat16) == 'openvino'
    with pytest.raises(InputError, match="runtime: 'openvino' computes in"):
        choose_runtime('openvino', 'cpu', torch.float16)


def test_deployed_models_are_not_deployed_again(plain):
    fast = deploy(plain, runtime='torch')
    assert is_deployed(fast) and is_deployed(IRSTDTTAModel(fast))
    assert not is_deployed(plain)
    with pytest.raises(InputError, match='model: it is deployed already'):
        deploy(fast, runtime='torch')


@needs_gpu
@pytest.mark.parametrize('runtime', ['torch', 'cuda_graph'])
@pytest.mark.parametrize('dtype, bound', [(torch.float32, 1e-3),
                                          (torch.bfloat16, 0.1)])
def test_on_a_gpu(plain, runtime, dtype, bound):
    model = copy.deepcopy(plain).cuda()
    fast = deploy(model, runtime=runtime, dtype=dtype)
    for shape in ((1, 3, 32, 32), (2, 3, 32, 48)):
        x = images(*shape).cuda()
        assert_equal_up_to_rounding(logits(fast, x), logits(model, x), bound)
    if runtime == 'cuda_graph':
        assert isinstance(fast.backbone.runtime, CUDAGraphRuntime)


@pytest.mark.slow
def test_compiled_network(plain):
    fast, x = deploy(plain, runtime='compile'), images(1, 3, 32, 32)
    assert_equal_up_to_rounding(logits(fast, x), logits(plain, x))


@pytest.mark.parametrize('build', [dstransnet, unet])
def test_images_to_logits_and_back_in_a_segmentor(build):
    model, x = build(), images(1, 3, 16, 32)
    expected = logits(model, x)
    copied = frozen_copy(model.train())
    model.eval()
    assert not copied.training
    assert not any(value.requires_grad for value in copied.parameters())
    network = LogitsNetwork(copied)
    with torch.no_grad():
        assert torch.equal(network(x), expected)
    inside = around_runtime(copied, network)
    assert inside is copied and not inside.with_neck
    assert not inside.with_auxiliary_head
    assert torch.equal(logits(inside, x), expected)
    head = inside.decode_head
    assert isinstance(head, RuntimeHead) and not head.training
    for name in ('num_classes', 'out_channels', 'threshold', 'align_corners'):
        assert getattr(head, name) == getattr(model.decode_head, name)
    inside.train()
    assert not any(part.training for part in inside.backbone.modules())


class OtherHead(FCNHead):
    def predict(self, inputs, batch_img_metas, test_cfg):
        raise NotImplementedError


class OtherModel(EncoderDecoder):
    def extract_feat(self, inputs):
        raise NotImplementedError


def test_models_of_other_kinds():
    check_deployable(dstransnet())
    with pytest.raises(InputError, match='model: expected an mmseg Encoder'
                       'Decoder, got Conv2d'):
        check_deployable(nn.Conv2d(1, 1, 1))
    model = unet()
    model.decode_head.__class__ = OtherHead
    with pytest.raises(InputError, match='model: OtherHead does not predict '
                       'as a plain BaseDecodeHead does'):
        check_deployable(model)
    model = unet()
    model.__class__ = OtherModel
    with pytest.raises(InputError, match='OtherModel does not predict'):
        check_deployable(model)
    head = ConfigDict(
        type='FCNHead', in_channels=4, channels=4, num_classes=3)
    cascade = CascadeEncoderDecoder(
        2, ConfigDict(type='UNet', base_channels=4), [head, head])
    with pytest.raises(InputError, match='CascadeEncoderDecoder does not'):
        check_deployable(cascade)


def test_weights_in_other_precisions():
    with pytest.raises(InputError, match='model: expected float32 weights, '
                       'got torch.float64'):
        check_deployable(unet().double())
    model = unet()
    model.backbone.half()
    with pytest.raises(InputError, match='got torch.float16, torch.float32'):
        check_deployable(model)
