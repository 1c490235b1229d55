"""Every config builds, and the paper's says what the paper does."""
import hashlib
import math
from pathlib import Path

import mmseg
import numpy as np
import pytest
import torch
import yaml
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import PARAM_SCHEDULERS, init_default_scope
from mmseg.registry import DATASETS, HOOKS, METRICS, MODELS, TRANSFORMS

from projects.dstransnet.checkpoint.reading import (
    check_state_dict,
    read_checkpoint,
)
from projects.dstransnet.datasets import BENCHMARK_DATASETS

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = sorted((ROOT / 'configs' / 'dstransnet').glob('*.py'))
DATASETS_OF_CONFIGS = sorted((ROOT / 'configs/_base_/datasets').glob('*.py'))
PAPER = 'dstransnet_1xb8-adam-500e_sirst-512x512'
TWO_SIZES = 'dstransnet-r_1xb4-adamw-20e_sirst-256x256'
WEIGHTS = sorted(
    (ROOT / 'projects/dstransnet/weights').glob('*.safetensors'))
PIPELINES = sorted((ROOT / 'configs/_base_/pipelines').glob('*.py'))
assert CONFIGS and WEIGHTS and len(PIPELINES) > 1


@pytest.fixture(autouse=True)
def _scope(monkeypatch) -> None:
    init_default_scope('mmseg')
    monkeypatch.delenv('IRSTD_DATA_ROOT', raising=False)


def load(stem: str) -> Config:
    return Config.fromfile(ROOT / 'configs' / 'dstransnet' / f'{stem}.py')


def parts(loader: dict) -> list[dict]:
    """Return the data sets of a loader, those of ConcatDataset one by one."""
    dataset = loader.dataset
    assert (dataset.type == 'ConcatDataset') == ('datasets' in dataset)
    return dataset.get('datasets', [dataset])


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_config_builds(path):
    config = Config.fromfile(path)
    with torch.device('meta'):
        model = MODELS.build(config.model)
    size = config.image_size[0]
    assert f'{size}x{size}' in path.stem
    assert f'b{config.train_dataloader.batch_size}-' in path.stem
    assert f'-{config.train_cfg.max_epochs}e_' in path.stem
    # Its rate is for one process.
    assert config.auto_scale_lr == dict(
        enable=False, base_batch_size=config.train_dataloader.batch_size,
        rule='sqrt')
    # Training may crop to less.
    assert model.data_preprocessor.size == config.get(
        'crop_size', (size, size))
    steps = [step for part in parts(config.train_dataloader)
             for step in part.pipeline]
    for split in ('train', 'val', 'test'):
        for part in parts(config[f'{split}_dataloader']):
            for step in part.pipeline:
                TRANSFORMS.build(step)
            # Lazy, as the files are not there.
            part.update(pipeline=[], lazy_init=True)
            dataset = DATASETS.build(part)
            assert dataset.test_mode == (split != 'train')
            if 'synthetic' not in path.stem:
                assert dataset.split == part.split
    # All of the test pipeline but the last step, and the views.
    assert config.tta_pipeline[:-1] == config.test_pipeline[:-1]
    # Views at test time are those of the training, in one config two sizes.
    transposed = config.transpose in steps
    assert not (transposed and any(flip in steps for flip in config.flips))
    assert config.tta_pipeline[-1] == (
        config.transposed_views if transposed else
        config.scaled_views if path.stem == TWO_SIZES else
        config.dihedral_views)
    METRICS.build(config.test_evaluator)
    HOOKS.build(config.default_hooks.visualization)


def test_transposes_and_flips():
    """Half of the samples are transposed; flips show all eight views."""
    views = Config.fromfile(ROOT / 'configs/_base_/views.py')
    image = np.arange(9, dtype=np.uint8).reshape(3, 3)
    seen = {}
    for name, steps in (('transpose', [views.transpose]),
                        ('flips', views.flips)):
        pipeline = Compose([TRANSFORMS.build(step) for step in steps])
        seen[name] = set()
        for _ in range(100):
            made = pipeline(dict(
                img=image.copy(), gt_seg_map=image.copy(), img_shape=(3, 3),
                seg_fields=['gt_seg_map']))
            assert (made['img'] == made['gt_seg_map']).all()
            seen[name].add(made['img'].tobytes())
    assert seen['transpose'] == {image.tobytes(), image.T.tobytes()}
    assert len(seen['flips']) == 8


def test_paper_network_has_the_papers_parameters():
    with torch.device('meta'):
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
    assert config.optim_wrapper.optimizer == dict(
        type='Adam', lr=1e-3, fused=True)
    assert config.train_dataloader.batch_size == 8
    for split in ('train', 'val', 'test'):
        dataset = config[f'{split}_dataloader'].dataset
        assert dataset.layout == 'release'
        assert dataset.split == ('train' if split == 'train' else 'test')
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


# Of the specification: size, mean, deviation, and images of the splits.
SETTINGS = {
    'SIRST': (512, 0.442, 0.111, 341, 86),
    'NUDT-SIRST': (256, 0.424, 0.130, 663, 664),
    'IRSTD-1K': (512, 0.343, 0.157, 800, 201),
    'SIRST-Aug': (256, 0.290, 0.194, 8525, 545),
    'NUST-SIRST': (256, 0.410, 0.105, 10000 - 22, 100),
    'SIRST-v2': (512, 0.399, 0.153, 768, 256),
    'SIRST3': (480, 0.386, 0.141, 1676, 1079),
    'NUDT-SIRST-Sea': (1024, 0.159, 0.074, 4961, 847),
    'IRDST': (480, 0.398, 0.222, 32523, 8130),
}


def test_every_benchmark_has_settings():
    assert SETTINGS.keys() == BENCHMARK_DATASETS.keys()


@pytest.mark.parametrize('name', SETTINGS)
def test_settings_of_a_benchmark(name):
    size, mean, std, train, test = SETTINGS[name]
    epochs = 500 if name in ('SIRST', 'NUDT-SIRST', 'IRSTD-1K',
                             'SIRST-Aug') else 100
    [path] = [
        path for path in CONFIGS if path.stem.startswith('dstransnet_')
        and path.stem.endswith(f'{epochs}e_{name.lower()}-{size}x{size}')
    ]
    config = Config.fromfile(path)
    for key, value in (('mean', mean), ('std', std)):
        assert config.model.data_preprocessor[key] == pytest.approx(
            [value * 255] * 3)
    kind = BENCHMARK_DATASETS[name]
    assert kind.COUNTS['train'] == train
    assert kind.COUNTS['test'] == test
    assert kind.URL.startswith('https://')
    for split in ('train', 'val', 'test'):
        dataset = config[f'{split}_dataloader'].dataset
        assert dataset.type == kind.__name__
        assert dataset.data_root == f'data/{name}'
    assert config.train_cfg.max_epochs == epochs


def test_parts_of_sirst3_are_its_three_data_sets():
    config = load('dstransnet_1xb8-adam-100e_sirst3-parts-480x480')
    whole = load('dstransnet_1xb8-adam-100e_sirst3-480x480')
    assert config.dataset_preprocessor == whole.dataset_preprocessor
    for split in ('train', 'val', 'test'):
        joined = parts(config[f'{split}_dataloader'])
        assert [(part.type, part.data_root) for part in joined] == [
            ('SIRSTDataset', 'data/SIRST'),
            ('NUDTSIRSTDataset', 'data/NUDT-SIRST'),
            ('IRSTD1kDataset', 'data/IRSTD-1K'),
        ]
        counts = [
            BENCHMARK_DATASETS[Path(part.data_root).name].published_counts(
                part.get('layout'))[part.split] for part in joined
        ]
        kind = BENCHMARK_DATASETS['SIRST3']
        assert sum(counts) == kind.COUNTS[joined[0].split]
        [alone] = parts(whole[f'{split}_dataloader'])
        assert all(part.pipeline == alone.pipeline for part in joined)


def test_pipelines_differ_in_size_and_batch_alone():
    found = set()
    for path in PIPELINES:
        config = Config.fromfile(path)
        del config.train_dataloader['batch_size']
        side = path.stem.rpartition('x')[2]
        assert path.stem == f'irstd_{side}x{side}'
        found.add(str(config.to_dict()).replace(side, 'side'))
    assert len(found) == 1
    assert "'image_size': (side, side)" in found.pop()


def test_every_config_is_in_the_metafile():
    models = yaml.safe_load(
        (ROOT / 'configs/dstransnet/metafile.yaml').read_text())
    trained = {path.stem for path in CONFIGS if 'synthetic' not in path.stem}
    assert {model['Name'] for model in models['Models']} == trained
    sets = models['Collections'][0]['Metadata']['Training Data']
    assert set(sets) == set(BENCHMARK_DATASETS)
    for model in models['Models']:
        assert model['Config'] == f'configs/dstransnet/{model["Name"]}.py'
        config = load(model['Name'])
        assert (model['Metadata']['Batch Size'] ==
                config.train_dataloader.batch_size)
        data = model['Metadata']['Training Data']
        assert {data} <= set(sets) if isinstance(data, str) else (
            set(data) <= set(sets))


def learning_rates(config: Config, epochs: int) -> list[float]:
    """Return the learning rate of each epoch."""
    wrapper = build_optim_wrapper(torch.nn.Linear(1, 1), config.optim_wrapper)
    schedulers = [
        PARAM_SCHEDULERS.build(
            step, default_args=dict(optimizer=wrapper.optimizer))
        for step in config.param_scheduler
    ]
    rates = []
    for _ in range(epochs):
        rates.append(wrapper.optimizer.param_groups[0]['lr'])
        wrapper.optimizer.step()
        for scheduler in schedulers:
            scheduler.step()
    return rates


def test_short_schedule_rises_and_falls_once():
    config = load('dstransnet_1xb8-adam-100e_irdst-480x480')
    rates = learning_rates(config, config.train_cfg.max_epochs)
    assert rates[0] == pytest.approx(1e-4)
    assert rates[5] == max(rates) == pytest.approx(1e-3)
    assert rates[:6] == sorted(rates[:6])
    assert rates[5:] == sorted(rates[5:], reverse=True)
    assert 1e-5 < rates[-1] < 2e-5


def test_paper_learning_rate_of_every_epoch():
    expected = [1e-3 * epoch / 10 for epoch in range(10)] + [
        1e-5 + (1e-3 - 1e-5) * (1 + math.cos(math.pi * epoch / 490)) / 2
        for epoch in range(490)]
    assert learning_rates(load(PAPER), 500) == pytest.approx(
        expected, abs=1e-10)


def test_learning_rate_of_serankdet():
    config = Config.fromfile(
        ROOT / 'configs/published/'
        'serankdet_1xb8-adamw-300e_sirst-aug-256x256.py')
    expected = [max(epoch, 1) / 5 for epoch in range(5)] + [
        (1 - epoch / 300)**0.9 for epoch in range(295)]
    assert learning_rates(config, 300) == pytest.approx(
        [1e-4 * factor for factor in expected])


@pytest.mark.parametrize('path', WEIGHTS, ids=lambda path: path.stem)
def test_published_weights_are_whole_and_fit_their_config(path):
    listed = Path(f'{path}.sha256').read_text().split()
    assert listed == [hashlib.sha256(path.read_bytes()).hexdigest(), path.name]
    checkpoint = read_checkpoint(str(path), 'cpu')
    (config, ) = (ROOT / 'configs').glob(f'*/{path.stem}.py')
    check_state_dict(checkpoint['state_dict'],
                     MODELS.build(Config.fromfile(config).model), path.name)
    assert checkpoint['meta']['dataset_meta']['classes'] == [
        'background', 'target'
    ]


@pytest.mark.parametrize('root', [
    '/some/where', 'D:\\IRSTD\\new', '/it\'s "here"', '/目标 data\\'])
def test_data_root_is_taken_literally(monkeypatch, root):
    monkeypatch.setenv('IRSTD_DATA_ROOT', root)
    config = load(PAPER)
    assert config.data_root == f'{root}/SIRST'
    for split in ('train', 'val', 'test'):
        dataset = config[f'{split}_dataloader'].dataset
        assert dataset.data_root == f'{root}/SIRST'
    saved = Config.fromstring(config.pretty_text, '.py')
    assert saved.data_root == config.data_root


@pytest.mark.parametrize('path', DATASETS_OF_CONFIGS, ids=lambda p: p.stem)
def test_dataset_beside_a_network_of_mmseg(tmp_path, path):
    """They share no top-level key; mean, std and size are the dataset's."""
    network = (Path(mmseg.__file__).parent /
               '.mim/configs/_base_/models/fcn_unet_s5-d16.py')
    mine = tmp_path / 'mine.py'
    mine.write_text(f'_base_ = [{str(network)!r}, {str(path)!r}]\n')
    config = Config.fromfile(mine)
    assert config.model.type == 'EncoderDecoder'
    assert config.model.data_preprocessor.type == 'SegDataPreProcessor'
    assert config.model.data_preprocessor.size == config.image_size
    assert config.model.data_preprocessor.mean == (
        config.dataset_preprocessor.mean)
