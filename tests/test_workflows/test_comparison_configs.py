"""Configs of networks under one protocol learn and are evaluated."""
import functools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from mmengine.config import Config, ConfigDict
from mmengine.evaluator import Evaluator
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from projects.dstransnet import list_networks
from projects.dstransnet.cli.config_check import RUNNER_KEYS, check_config
from projects.dstransnet.models.build import build_segmentor
from projects.dstransnet.models.segmentor_check import check_segmentor

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'
PATHS = sorted((CONFIGS / 'comparison').glob('*_sirst-*.py'))
NAMES = [path.stem.partition('_')[0] for path in PATHS]
SAMPLE = {'acm', 'fast-scnn'}
assert len(PATHS) == len(set(NAMES)) >= 30 and SAMPLE < set(NAMES)


@pytest.fixture(scope='module')
def on_scenes(tmp_path_factory) -> Path:
    """Folder of the configs with small generated scenes as their dataset."""
    folder = tmp_path_factory.mktemp('project') / 'configs'
    shutil.copytree(CONFIGS, folder)
    scenes = folder / '_base_/datasets/synthetic_128x128.py'
    scenes.write_text(scenes.read_text().replace('128', '96'))
    for path in (folder / 'comparison').glob('*.py'):
        path.write_text(path.read_text().replace(
            'sirst_256x256.py', 'synthetic_128x128.py'))
    return folder / 'comparison'


@functools.cache
def load(path: Path) -> Config:
    return Config.fromfile(path)


def dictionaries(value: object) -> Iterator[dict]:
    """Yield all dictionaries in a setting."""
    if isinstance(value, dict):
        yield value
    if isinstance(value, (dict, list, tuple)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from dictionaries(each)


@pytest.mark.parametrize('path', PATHS, ids=NAMES)
def test_config_follows_the_protocol(path):
    init_default_scope('mmseg')
    config = load(path)
    check_config(config)
    reference = load(CONFIGS / 'comparison/dstransnet_sirst-256x256.py')
    for key in reference.keys() & RUNNER_KEYS - {'model'}:
        assert config[key] == reference[key], key
    model = config.model
    assert model.get('pretrained') is None
    assert model.test_cfg == dict(mode='whole')
    for key, value in config.dataset_preprocessor.items():
        assert model.data_preprocessor[key] == value
    assert model.decode_head.get('threshold') == 0.5
    losses = [part.loss_decode for part in dictionaries(model)
              if 'loss_decode' in part]
    assert losses and all(loss == config.target_loss for loss in losses)
    assert not any(part.get('type') == 'SyncBN'
                   for part in dictionaries(model))


def test_every_network_has_a_config():
    found = {load(path).model.backbone.get('network')
             for path in PATHS}
    # The deployed form of repisdnet_train is not trained, and DSTransNet has
    # a backbone, a neck and a head of its own.
    assert found - {None} == {info.name for info in list_networks()} - {
        'repisdnet', 'dstransnet', 'dstransnet-s', 'dstransnet-r'}


def batch(loader: ConfigDict) -> dict:
    """Return the first two samples of a data loader."""
    loader.update(batch_size=2, num_workers=0, persistent_workers=False)
    return next(iter(Runner.build_dataloader(loader, seed=0)))


@pytest.mark.parametrize('name', [
    pytest.param(name, marks=() if name in SAMPLE else pytest.mark.slow)
    for name in NAMES])
def test_network_learns_and_is_evaluated(on_scenes, name):
    config = Config.fromfile(on_scenes / f'{name}_sirst-256x256.py')
    model = build_segmentor(config)
    check_segmentor(model)
    model.init_weights()
    optimizer = build_optim_wrapper(model, config.optim_wrapper)
    model.train()
    images = batch(config.train_dataloader)
    losses = [model.train_step(images, optimizer)['loss'].item()
              for _ in range(11)]
    assert losses[-1] < losses[0]

    evaluator = Evaluator([config.val_evaluator])
    evaluator.process(model.eval().val_step(batch(config.val_dataloader)))
    found = evaluator.evaluate(2)
    assert {'irstd/IoU', 'irstd/Pd', 'irstd/Fa'} <= found.keys()
    assert model.decode_head.threshold == 0.5
