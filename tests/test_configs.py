"""Every config builds, and the paper's says what the paper does."""
import hashlib
import math
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import PARAM_SCHEDULERS, init_default_scope
from mmseg.registry import DATASETS, HOOKS, METRICS, MODELS, TRANSFORMS

from projects.dstransnet.checkpoint import check_state_dict, read_checkpoint

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = sorted((ROOT / 'configs' / 'dstransnet').glob('*.py'))
PAPER = 'dstransnet_1xb8-adam-500e_sirst-512x512'
WEIGHTS = sorted(
    (ROOT / 'projects/dstransnet/weights').glob('*.safetensors'))
assert CONFIGS and WEIGHTS


@pytest.fixture(autouse=True)
def _scope() -> None:
    init_default_scope('mmseg')


def load(stem: str) -> Config:
    return Config.fromfile(ROOT / 'configs' / 'dstransnet' / f'{stem}.py')


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_config_builds(path):
    config = Config.fromfile(path)
    model = MODELS.build(config.model)
    size = config.image_size[0]
    assert f'{size}x{size}' in path.stem
    assert f'b{config.train_dataloader.batch_size}-' in path.stem
    assert f'-{config.train_cfg.max_epochs}e_' in path.stem
    assert model.data_preprocessor.size == (size, size)
    for split in ('train', 'val', 'test'):
        loader = config[f'{split}_dataloader']
        for step in loader.dataset.pipeline:
            TRANSFORMS.build(step)
        assert DATASETS.get(loader.dataset.type) is not None
    METRICS.build(config.test_evaluator)
    HOOKS.build(config.default_hooks.visualization)


def test_paper_network_has_the_papers_parameters():
    model = MODELS.build(load(PAPER).model)
    count = sum(p.numel() for p in model.parameters() if p.requires_grad)
    assert count == 18_825_924


def test_narrow_network_has_a_quarter_of_the_width():
    model = MODELS.build(
        load('dstransnet-s_1xb4-adam-40e_sirst-256x256').model)
    assert model.backbone.stages[0].fuse.out_channels == 8
    assert sum(p.numel() for p in model.parameters()) < 1.5e6


def test_paper_recipe():
    config = load(PAPER)
    assert config.optim_wrapper.optimizer == dict(type='Adam', lr=1e-3)
    assert config.train_dataloader.batch_size == 8
    assert config.train_dataloader.dataset.ann_file == 'idx_427/trainval.txt'
    assert config.test_dataloader.dataset.ann_file == 'idx_427/test.txt'
    assert config.train_cfg.max_epochs == 500
    assert config.train_cfg.val_interval == 5
    assert config.train_cfg.dynamic_intervals == [(300, 1)]
    steps = [step.type for step in config.train_dataloader.dataset.pipeline]
    assert [step for step in steps if not step.startswith('Load')] == [
        'RandomFlip', 'RandomFlip', 'RandomRot90', 'RandomLongSideResize',
        'CenterPad', 'RandomCrop', 'PackSegInputs'
    ]
    mean, std = (config.model.data_preprocessor[k] for k in ('mean', 'std'))
    assert mean == pytest.approx([0.442 * 255] * 3)
    assert std == pytest.approx([0.111 * 255] * 3)


def test_paper_learning_rate_of_every_epoch():
    config = load(PAPER)
    wrapper = build_optim_wrapper(
        torch.nn.Linear(1, 1), config.optim_wrapper)
    schedulers = [
        PARAM_SCHEDULERS.build(
            step, default_args=dict(optimizer=wrapper.optimizer))
        for step in config.param_scheduler
    ]
    for epoch in range(500):
        if epoch <= 10:
            expected = 1e-3 * epoch / 10
        else:
            cosine = math.cos(math.pi * (epoch - 10) / 490)
            expected = 1e-5 + (1e-3 - 1e-5) * (1 + cosine) / 2
        rate = wrapper.optimizer.param_groups[0]['lr']
        assert rate == pytest.approx(expected, abs=1e-10), epoch
        wrapper.optimizer.step()
        for scheduler in schedulers:
            scheduler.step()


@pytest.mark.parametrize('path', WEIGHTS, ids=lambda path: path.stem)
def test_published_weights_are_whole_and_fit_their_config(path):
    listed = Path(f'{path}.sha256').read_text().split()
    assert listed == [hashlib.sha256(path.read_bytes()).hexdigest(), path.name]
    checkpoint = read_checkpoint(str(path), 'cpu')
    check_state_dict(checkpoint['state_dict'],
                     MODELS.build(load(path.stem).model), path.name)
    assert checkpoint['meta']['dataset_meta']['classes'] == [
        'background', 'target'
    ]


def test_data_root_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv('IRSTD_DATA_ROOT', '/some/where')
    assert load(PAPER).data_root == '/some/where/SIRST'
    monkeypatch.delenv('IRSTD_DATA_ROOT')
    assert load(PAPER).data_root == 'data/SIRST'
