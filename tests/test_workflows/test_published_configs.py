"""Recipes of other networks' papers."""
import functools
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from projects.dstransnet import build_network, list_networks
from projects.dstransnet.cli.config_check import check_config
from projects.dstransnet.models.build import build_segmentor
from projects.dstransnet.models.segmentor_check import check_segmentor

FOLDER = Path(__file__).resolve().parents[2] / 'configs/published'
PATHS = sorted(FOLDER.glob('*.py'))
RECIPES = [path for path in PATHS if '_1xb' in path.stem]
assert len(RECIPES) > 40
# One recipe of each network but LW-DSTransNet's, which needs a teacher.
NETWORKS = {path.stem.partition('_')[0]: path for path in RECIPES
            if not path.stem.startswith('lw-')}
SAMPLE = {'acm', 'mshnet'}


@functools.cache
def load(path: Path) -> Config:
    return Config.fromfile(path)


@pytest.mark.parametrize('path', PATHS, ids=lambda path: path.stem)
def test_config_is_valid(path):
    config = load(path)
    check_config(config)
    size = '{}x{}'.format(*config.model.data_preprocessor.size)
    assert path.stem.endswith(f'-{size}')
    if path not in RECIPES:
        return
    batch = config.train_dataloader.batch_size
    assert f'_1xb{batch}-' in path.stem
    assert config.auto_scale_lr.base_batch_size == batch
    optimizer = config.optim_wrapper.optimizer.type.lower()
    assert f'-{optimizer}-{config.train_cfg.max_epochs}e_' in path.stem
    dataset = path.stem.split('e_')[-1].removesuffix(f'-{size}')
    kind = config.train_dataloader.dataset.type.lower()
    assert dataset.replace('-', '') in kind


@pytest.mark.parametrize('name', NETWORKS)
def test_weights_are_those_of_outputs(name):
    config = load(NETWORKS[name])
    with torch.device('meta'):
        network = build_network(config.model.backbone.network).eval()
        _, sides = network(
            torch.zeros(1, network.in_channels, 128, 128), sides=True)
    head = config.model.decode_head
    assert {*head.get('weights', ()), *head.get('warmup_weights', ())} <= {
        *sides, 'out'}


def test_every_network_of_another_paper_has_a_recipe():
    found = {load(path).model.backbone.network for path in RECIPES}
    assert found == {info.name for info in list_networks()} - {
        'repisdnet', 'dstransnet', 'dstransnet-s', 'dstransnet-r'}


def batch(channels: int, side: int = 96) -> dict:
    """Return two images of noise with a bright square each."""
    generator = torch.Generator().manual_seed(0)
    inputs, samples = [], []
    for corner in (20, 50):
        image = torch.randint(60, 90, (1, side, side), generator=generator)
        label = torch.zeros(1, side, side, dtype=torch.long)
        label[:, corner:corner + 5, corner:corner + 5] = 1
        image[label == 1] = 220
        inputs.append(image.to(torch.uint8).expand(channels, -1, -1))
        samples.append(SegDataSample(
            gt_sem_seg=PixelData(data=label),
            metainfo=dict(img_shape=(side, side))))
    return dict(inputs=inputs, data_samples=samples)


@pytest.mark.parametrize('name', [
    pytest.param(name, marks=() if name in SAMPLE else pytest.mark.slow)
    for name in NETWORKS])
def test_network_learns_by_its_recipe(name):
    config = Config.fromfile(NETWORKS[name])
    preprocessor = config.model.data_preprocessor
    preprocessor.size = (96, 96)
    torch.manual_seed(0)
    model = build_segmentor(config)
    check_segmentor(model)
    optimizer = build_optim_wrapper(model, config.optim_wrapper)
    model.train()
    images = batch(len(preprocessor.mean))
    losses = [model.train_step(images, optimizer)['loss'].item()
              for _ in range(11)]
    assert losses[-1] < losses[0]
