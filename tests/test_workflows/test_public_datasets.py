"""Datasets with the faults and layouts of public downloads."""
import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config, ConfigDict
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmseg.registry import DATASETS
from PIL import Image

from projects.dstransnet.datasets import (
    BENCHMARK_DATASETS,
    IRSTD1kDataset,
    IRSTDDataset,
    NUSTSIRSTDataset,
)
from projects.dstransnet.datasets.checking.benchmark_check import (
    check_benchmark,
)
from projects.dstransnet.datasets.checking.layout_writer import (
    write_common_layout,
)
from projects.dstransnet.datasets.statistics import measure_split
from projects.dstransnet.engine.hooks import IRSTDVisualizationHook
from projects.dstransnet.engine.provenance.fingerprint import fingerprints
from projects.dstransnet.evaluation.external import (
    truth_from_config,
    truth_from_folder,
)

ROOT = Path(__file__).parents[2]
CONFIGS = ROOT / 'configs/_base_/datasets'
NARROW = 'dstransnet-s_1xb4-adam-40e_sirst-256x256'
LOADING = [dict(type='LoadImageFromFile'), dict(type='LoadIRSTDMask')]


@pytest.fixture(autouse=True)
def _scope() -> None:
    init_default_scope('mmseg')


def stem(info: dict) -> str:
    return Path(info['img_path']).stem


@pytest.fixture
def grey(cases) -> tuple[str, dict[str, int]]:
    """IRSTD-1K with grey rims in two masks, and the area of each target."""
    expected = json.loads((cases / 'expected.json').read_text())
    return str(cases / 'irstd-1k'), expected['irstd-1k']


def test_training_and_testing_read_grey_masks(grey, monkeypatch, tmp_path):
    root, areas = grey
    (tmp_path / 'IRSTD-1K').symlink_to(root)
    monkeypatch.setenv('IRSTD_DATA_ROOT', str(tmp_path))
    config = Config.fromfile(CONFIGS / 'irstd-1k_512x512.py')
    found = {}
    for split in ('train', 'test'):
        settings = config[f'{split}_dataloader'].dataset
        with pytest.warns(UserWarning, match='masks have other values'):
            dataset = DATASETS.build(ConfigDict(settings, pipeline=LOADING))
        found |= {stem(sample): int(sample['gt_seg_map'].sum())
                  for sample in dataset}
        DATASETS.build(settings)[0]  # the config's own pipeline
    assert found == areas


def test_grey_masks_in_statistics_checks_and_copies(grey, tmp_path):
    root, areas = grey
    kind = type('Small', (IRSTD1kDataset, ), dict(
        COUNTS=dict(train=4, test=2), IMAGE_SIZE=None))
    DATASETS.register_module(module=kind, force=True)
    report = check_benchmark(kind, root)
    assert not report.problems
    assert [text.partition(':')[0] for text in report.notes['grey']] == [
        'IRSTD1k_Label/XDU1.png', 'IRSTD1k_Label/XDU4.png']
    write_common_layout(report, kind, str(tmp_path / 'copy'))
    found, written = {}, {}
    for split in ('train', 'test'):
        for folder, into in ((root, found), (tmp_path / 'copy', written)):
            settings = ConfigDict(
                type='Small', data_root=str(folder), split=split)
            with warnings.catch_warnings():
                warnings.simplefilter('ignore')
                into |= {
                    Path(record.path).stem: sum(
                        target.area for target in record.targets)
                    for record in measure_split(settings)}
    assert found == written == areas
    masks = (tmp_path / 'copy/masks').glob('*.png')
    assert all(set(np.unique(Image.open(path))) <= {0, 255} for path in masks)


@pytest.mark.filterwarnings('ignore:.*masks have other values')
def test_grey_masks_as_ground_truth_of_other_programs(grey):
    root, areas = grey
    cfg = Config(dict(test_dataloader=dict(dataset=dict(
        type='IRSTD1kDataset', data_root=root, split='test',
        pipeline=[*LOADING, dict(type='PackSegInputs')]))))
    truth = truth_from_config(cfg)
    assert {name: int(load().sum()) for name, load in truth.items()} == {
        name: areas[name] for name in truth}
    truth = truth_from_folder(f'{root}/IRSTD1k_Label', mask_threshold=254)
    assert {name: int(load().sum()) for name, load in truth.items()} == areas


@pytest.mark.filterwarnings('ignore:.*masks have other values')
def test_rule_of_grey_masks_in_pictures_and_fingerprints(grey):
    root, areas = grey
    dataset = IRSTD1kDataset(data_root=root, split='train')
    hook = IRSTDVisualizationHook(draw=True)
    hook._prepare(dataset)
    assert hook._mask_thresholds == {
        info['seg_map_path']: 254
        for info in map(dataset.get_data_info, range(len(dataset)))}
    [found] = fingerprints(dataset)
    assert found.mask_threshold == 254
    strict = IRSTD1kDataset(
        data_root=root, split='train', pipeline=[
            dict(type='LoadIRSTDMask', threshold=99)])
    assert fingerprints(strict)[0].digest != found.digest


def test_suffixes(cases):
    dataset = IRSTDDataset(
        data_root=str(cases / 'suffixes'), pipeline=LOADING,
        data_prefix=dict(img_path='images', seg_map_path='masks'))
    assert [Path(sample['img_path']).name for sample in dataset] == [
        'f0.png', 'f1.PNG', 'f2.png', 'f3.PNG', 'f4.bmp', 'f5.BMP']


@pytest.mark.parametrize('layout, name, found', [
    ('split-folder', 'NUDT-SIRST', 'release'),
    ('ratio-folder', 'IRSTD-1K', 'ratio'),
    ('trainval-at-root', 'NUDT-SIRST', 'root'),
    ('bmp-toolbox', 'IRDST', 'toolbox'),
])
def test_layouts_of_public_toolboxes(cases, layout, name, found):
    root = str(cases / 'layouts' / layout / name)
    kind = BENCHMARK_DATASETS[name]
    sizes = {split: len(kind(data_root=root, split=split, pipeline=LOADING))
             for split in ('train', 'test')}
    assert sizes == dict(train=2, test=1)
    assert check_benchmark(kind, root).layout == found


def test_renumbered_copy_of_nust_sirst_keeps_its_good_images(tmp_path):
    """A toolbox removed the broken pairs and numbered the others anew."""
    names = [f'{number:06d}' for number in (238, 239, 245, 246)]
    for name in names:
        for folder in ('images', 'masks'):
            (tmp_path / folder).mkdir(exist_ok=True)
            Image.fromarray(np.eye(9, dtype=np.uint8)).save(
                tmp_path / folder / f'{name}.png')
    Image.fromarray(np.eye(10) > 0).save(tmp_path / 'masks/000245.png')
    (tmp_path / '10000_100').mkdir()
    (tmp_path / '10000_100/train.txt').write_text('\n'.join(names))
    (tmp_path / '10000_100/test.txt').write_text('000238')
    with pytest.warns(UserWarning, match='left out: 000245$'):
        dataset = NUSTSIRSTDataset(data_root=str(tmp_path))
    found = [dataset.get_data_info(number)['sample_name']
             for number in range(len(dataset))]
    assert found == ['000238', '000239', '000246']


@pytest.mark.slow
def test_shipped_weights_on_nudt_sirst(nudt_sirst, monkeypatch, tmp_path):
    """Mean and deviation are those of SIRST, with which they were trained.

    The expected values are those of three independent codes.
    """
    monkeypatch.setenv('IRSTD_DATA_ROOT', str(nudt_sirst.parent))
    dataset = Config.fromfile(CONFIGS / 'nudt-sirst_256x256.py')
    cfg = Config.fromfile(ROOT / f'configs/dstransnet/{NARROW}.py')
    cfg.test_dataloader = dict(
        dataset.test_dataloader, batch_size=8, num_workers=0,
        persistent_workers=False)
    cfg.update(
        work_dir=str(tmp_path), default_hooks={}, custom_hooks=[],
        vis_backends=[], train_dataloader=None, train_cfg=None,
        optim_wrapper=None, param_scheduler=None, val_dataloader=None,
        val_cfg=None, val_evaluator=None, auto_scale_lr=None,
        load_from=str(ROOT / f'projects/dstransnet/weights/'
                      f'{NARROW}.safetensors'))
    metrics = Runner.from_cfg(cfg).test()
    expected = dict(IoU=50.87, Pd=83.07, Fa=81.97, Fa_component=82.91)
    assert {name: round(metrics[f'irstd/{name}'], 2)
            for name in expected} == expected
