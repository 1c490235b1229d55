"""A segmentor that learns from another one."""
import copy

import pytest
import torch
from helpers.toy_models import toy
from mmengine.config import ConfigDict
from mmengine.logging import MessageHub
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

TEACHER = dict(
    type='EncoderDecoder',
    backbone=dict(type='NetworkBackbone', network='lw_dstransnet_nano'),
    decode_head=dict(type='LogitsHead'))
STUDENT = dict(
    type='DistilledEncoderDecoder',
    data_preprocessor=dict(
        type='SegDataPreProcessor', mean=[90.] * 3, std=[40.] * 3,
        size=(32, 32)),
    backbone=dict(
        type='UNet', base_channels=2, num_stages=3, strides=(1, 1, 1),
        enc_num_convs=(2, 2, 2), dec_num_convs=(2, 2),
        downsamples=(True, True), enc_dilations=(1, 1, 1),
        dec_dilations=(1, 1), norm_cfg=dict(type='BN')),
    decode_head=dict(
        type='FCNHead', in_channels=2, channels=2, in_index=2, num_convs=1,
        concat_input=False, dropout_ratio=0, num_classes=2, out_channels=1,
        norm_cfg=dict(type='BN'), threshold=0.5,
        loss_decode=dict(type='BinaryCrossEntropyLoss')),
    teacher=TEACHER,
    distillation=[
        dict(type='TOMDLoss',
             pairs=[('decode_head.conv_seg', 'backbone[out]')], until=0.5),
        dict(type='SLCDLoss', pairs=[
            ('backbone[2]', 'backbone.network.stages.3')], until=0.4),
        dict(type='PMIFDLoss', pairs=[
            ('backbone.encoder.1', 'backbone.network.encoders.1'),
            ('backbone[0]', 'backbone.network.neck[2]')], until=0.5),
    ])
TERMS = {'loss_tomd', 'loss_slcd', 'loss_pmifd'}


def build(**settings):
    init_default_scope('mmseg')
    torch.manual_seed(0)
    return MODELS.build(ConfigDict(dict(copy.deepcopy(STUDENT), **settings)))


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    path = tmp_path_factory.mktemp('teacher') / 'teacher.pth'
    init_default_scope('mmseg')
    torch.manual_seed(7)
    torch.save(MODELS.build(TEACHER).state_dict(), path)
    return str(path)


@pytest.fixture
def epoch():
    hub = MessageHub.get_current_instance()
    hub.update_info('max_epochs', 10)
    yield lambda number: hub.update_info('epoch', number)
    hub.update_info('epoch', 0)
    hub.update_info('max_epochs', 0)


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(1)
    label = torch.zeros(1, 32, 32, dtype=torch.long)
    label[:, 8:12, 8:12] = 1
    return (torch.randn(2, 3, 32, 32, generator=generator),
            [SegDataSample(gt_sem_seg=PixelData(data=label))
             for _ in range(2)])


def test_student_learns_from_a_frozen_teacher(checkpoint, batch, epoch):
    model = build(teacher_checkpoint=checkpoint).train()
    before = copy.deepcopy(model.teacher.state_dict())
    widths = [tuple(adapter.weight.shape[:2])
              for adapter in model.distillation[2].adapters]
    assert widths == [(8, 4), (16, 8)]  # teacher's, student's

    losses = model.loss(*batch)
    assert TERMS < losses.keys()
    assert all(losses[name] > 0 for name in TERMS)
    sum(losses[name] for name in TERMS).backward()
    assert all(
        each.grad.any() for each in model.distillation.parameters())
    assert model.backbone.encoder[0][0].convs[0].conv.weight.grad.any()
    given = torch.load(checkpoint)
    assert any((given[key] != value).any() for key, value in before.items())
    for key, value in model.teacher.state_dict().items():
        torch.testing.assert_close(value, given[key], rtol=0, atol=0)

    epoch(4)
    assert {name for name in TERMS if model.loss(*batch)[name] > 0} == {
        'loss_tomd', 'loss_pmifd'}
    epoch(5)
    model.teacher.forward = None  # does not run any more
    assert not any(model.loss(*batch)[name] for name in TERMS)


def test_losses_of_one_class_add_up(checkpoint, batch):
    loss = dict(type='TOMDLoss',
                pairs=[('decode_head.conv_seg', 'backbone[out]')])
    one, two = (
        build(teacher_checkpoint=checkpoint, distillation=[loss] * number)
        .eval().loss(*batch)['loss_tomd'] for number in (1, 2))
    torch.testing.assert_close(two, 2 * one)


def test_teacher_is_no_part_of_the_student(checkpoint):
    model = build(teacher_checkpoint=checkpoint)
    assert not [key for key in model.state_dict() if 'teacher' in key]
    assert not model.train().teacher.training
    model.double()
    assert {each.dtype for each in model.teacher.parameters()} == {
        torch.float64}


def test_any_segmentor_teaches_any(tmp_path, batch):
    teacher = toy()
    torch.save(teacher.state_dict(), tmp_path / 'toy.pth')
    config = dict(
        type='EncoderDecoder',
        backbone=dict(type=type(teacher.backbone), kernel=3),
        decode_head=dict(
            type='FCNHead', in_channels=4, channels=4, num_convs=0,
            concat_input=False, num_classes=2, out_channels=1,
            threshold=0.5,
            loss_decode=dict(type='BinaryCrossEntropyLoss')))
    model = build(
        teacher=config, teacher_checkpoint=str(tmp_path / 'toy.pth'),
        distillation=[
            dict(type='TOMDLoss',
                 pairs=[('decode_head.conv_seg', 'decode_head.conv_seg')]),
            dict(type='PMIFDLoss', pairs=[('backbone[1]', 'backbone[0]')])])
    losses = model.train().loss(*batch)
    assert losses['loss_tomd'] > 0 and losses['loss_pmifd'] > 0


def test_weights_of_the_teacher_are_needed_to_train(batch, tmp_path):
    model = build()
    model.eval()(batch[0], mode='tensor')
    with pytest.raises(ValueError, match='model.teacher_checkpoint: expected'):
        model.init_weights()
    torch.save(dict(a=torch.ones(1)), tmp_path / 'other.pth')
    with pytest.raises(ValueError, match=r'other\.pth'):
        build(teacher_checkpoint=str(tmp_path / 'other.pth')).init_weights()


@pytest.mark.parametrize('pair, words', [
    (('backbone.neck', 'backbone[out]'), "got 'backbone.neck'"),
    (('backbone[0]', 'backbone.network.side_convs.0'), 'run at inference'),
    (('backbone', 'backbone[out]'), 'with one output, .* got backbone'),
    (('backbone[9]', 'backbone[out]'), r'backbone\[9\]: the module has no'),
])
def test_names_that_do_not_fit(pair, words):
    with pytest.raises(ValueError, match=words):
        build(distillation=[dict(type='SLCDLoss', pairs=[pair])])
