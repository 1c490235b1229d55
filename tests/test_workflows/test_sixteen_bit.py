"""From 16-bit files to predictions, with a network of one channel."""
from pathlib import Path

import mmcv
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmseg.apis import MMSegInferencer, inference_model, init_model
from mmseg.registry import MODELS
from PIL import Image

from projects.dstransnet.utils.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
# 46 and less than 47 times 256, so that 8 bits do not tell them apart.
BASE, CONTRAST = 11980, 40
CONFIG = '''
_base_ = [
    '{root}/configs/_base_/models/dstransnet-s_gray.py',
    '{root}/configs/_base_/schedules/adam_4e.py',
    '{root}/configs/_base_/default_runtime.py',
]
size = (32, 32)
model = dict(
    data_preprocessor=dict(mean=[186.], std=[1.], size=size),
    backbone=dict(base_channels=2),
    neck=dict(in_channels=(2, 4, 8, 16), num_blocks=1),
    decode_head=dict(
        in_channels=(2, 4, 8, 16, 16), stage_channels=(8, 4, 2, 2)))
loading = dict(
    type='LoadImageFromFile',
    _scope_='projects.dstransnet',
    mapping=dict(low=0, high=16383))
train_pipeline = [
    loading,
    dict(type='LoadIRSTDMask'),
    dict(type='RandomFlip', prob=0.5, direction='vertical'),
    dict(type='RandomRot90', prob=0.5),
    dict(type='RandomLongSideResize', size=32, max_ratio=1.1),
    dict(type='CenterPad', size=32),
    dict(type='RandomCrop', crop_size=size),
    dict(type='PackSegInputs'),
]
test_pipeline = [
    loading,
    dict(type='PillowResize', scale=size),
    dict(type='EvaluateAtInputSize'),
    dict(type='LoadIRSTDMask'),
    dict(type='PackSegInputs'),
]
train_dataloader = dict(
    batch_size=2,
    num_workers=0,
    sampler=dict(type='KeyedSampler', shuffle=True),
    dataset=dict(
        type='IRSTDDataset',
        data_root='{data}',
        data_prefix=dict(img_path='images', seg_map_path='masks'),
        pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=1,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='IRSTDDataset',
        data_root='{data}',
        data_prefix=dict(img_path='images', seg_map_path='masks'),
        test_mode=True,
        pipeline=test_pipeline))
test_dataloader = val_dataloader
val_evaluator = dict(type='IRSTDMetric', threshold=0.5)
test_evaluator = val_evaluator
train_cfg = dict(max_epochs=1, val_interval=1)
work_dir = '{data}/work'
'''


def counts(seed: int, with_target: bool = True) -> np.ndarray:
    """A frame of 14 bits, 40 x 40 pixels, with noise of 5 counts at most."""
    frame = np.random.default_rng(seed).integers(
        BASE - 5, BASE + 6, (40, 40), np.uint16)
    if with_target:
        frame[18:21, 20:23] += CONTRAST
    return frame


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Two images with masks, and the first one without its target."""
    folder = tmp_path_factory.mktemp('sixteen')
    mask = np.zeros((40, 40), np.uint8)
    mask[18:21, 20:23] = 255
    for kind in ('images', 'masks'):
        (folder / kind).mkdir()
    for seed in range(2):
        Image.fromarray(counts(seed)).save(folder / f'images/{seed}.png')
        Image.fromarray(mask).save(folder / f'masks/{seed}.png')
    Image.fromarray(counts(0, False)).save(folder / 'empty.png')
    (folder / 'config.py').write_text(CONFIG.format(root=ROOT, data=folder))
    return folder


@pytest.fixture(autouse=True)
def _scope():
    init_default_scope('mmseg')


@pytest.fixture(scope='module')
def trained(folder):
    """Runner after one iteration of training, and what the network got."""
    runner = Runner.from_cfg(Config.fromfile(folder / 'config.py'))
    inputs = []
    runner.model.backbone.register_forward_pre_hook(
        lambda module, args: inputs.append(args[0].detach().clone()))
    runner.train()
    metrics = runner.test()
    return runner, inputs, metrics


@pytest.fixture
def model(folder, trained):
    return init_model(
        str(folder / 'config.py'), trained[0].cfg.work_dir + '/epoch_1.pth',
        'cpu')


def network_input(config: Config, path: Path) -> torch.Tensor:
    """What the network is given of a file."""
    batch = pseudo_collate(
        [Compose(config.test_pipeline)(dict(img_path=str(path)))])
    return MODELS.build(
        config.model).data_preprocessor(batch)['inputs']


def test_the_target_is_in_what_the_network_gets(folder):
    config = Config.fromfile(folder / 'config.py')
    # Without a resize the difference is exactly that of the counts.
    config.test_pipeline = [
        step for step in config.test_pipeline if step.type != 'PillowResize'
    ]
    found = (network_input(config, folder / 'images/0.png') -
             network_input(config, folder / 'empty.png'))
    assert found.shape == (1, 1, 48, 48)  # padded to a multiple of 16
    expected = torch.zeros_like(found)
    expected[0, 0, 18:21, 20:23] = CONTRAST * 255 / 16383
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_loaders_of_8_bits_refuse_the_files(folder, trained):
    """In them the target is gone."""
    path = str(folder / 'images/0.png')
    assert len(np.unique(mmcv.imread(path))) == 1
    config = Config.fromfile(folder / 'config.py')
    steps = [dict(type='LoadImageFromFile'), *config.test_pipeline[1:]]
    config.test_pipeline = config.test_dataloader.dataset.pipeline = steps
    weights = trained[0].cfg.work_dir + '/epoch_1.pth'
    message = '0.png: has 16 bits, and LoadImageFromFile would cut them'
    with pytest.raises(InputError, match=message):
        inference_model(init_model(config, weights, 'cpu'), path)
    with pytest.raises(InputError, match=message):
        MMSegInferencer(config, weights, device='cpu')(path)


def test_training_and_testing(trained):
    runner, inputs, metrics = trained
    assert runner.iter == 1
    assert [tuple(batch.shape) for batch in inputs] == [
        (2, 1, 32, 32), *[(1, 1, 32, 32)] * 4]  # training, 2 x 2 of testing
    assert all(len(batch.unique()) > 10 for batch in inputs)
    assert all(part.isfinite().all() for part in runner.model.parameters())
    assert metrics['irstd/IoU'] >= 0


def test_prediction_of_an_array_is_that_of_its_file(folder, model):
    expected = inference_model(model, str(folder / 'images/0.png'))
    for array in (counts(0), counts(0)[..., None]):
        found = inference_model(model, array)
        assert torch.equal(found.seg_logits.data, expected.seg_logits.data)
    # The framework leaves its other name in the config: files still load.
    found = inference_model(model, str(folder / 'images/0.png'))
    assert torch.equal(found.seg_logits.data, expected.seg_logits.data)


def test_shipped_weights_see_16_bits_as_8(cases):
    """A mapping that keeps small targets."""
    name = 'dstransnet-s_1xb4-adam-40e_sirst-256x256'
    weights = ROOT / f'projects/dstransnet/weights/{name}.safetensors'
    config = Config.fromfile(ROOT / f'configs/dstransnet/{name}.py')
    model = init_model(config, str(weights), 'cpu')
    masks = []
    for loader, file in (
            (dict(type='LoadImageFromFile', to_float32=True), 'frame_8bit'),
            (dict(type='LoadInfraredImage', mapping='minmax', channels=3),
             'frame')):
        model.cfg.test_pipeline = [loader, dict(type='PackSegInputs')]
        found = inference_model(
            model, str(cases / f'sixteen_bit/{file}.png'))
        masks.append(found.pred_sem_seg.data.numpy()[0] > 0)
    target = np.array(Image.open(cases / 'sixteen_bit/mask.png')) > 0
    assert (masks[0] & target).any()
    assert (masks[0] != masks[1]).sum() <= 3
