"""Test-time augmentation of the configs, up to a whole test run."""
import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config, ConfigDict
from mmengine.dataset import Compose
from mmengine.hooks import Hook
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS, MODELS

from projects.dstransnet import cli
from projects.dstransnet.models import IRSTDTTAModel
from projects.dstransnet.utils.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = sorted((ROOT / 'configs' / 'dstransnet').glob('*.py'))
BASES = sorted((ROOT / 'configs' / '_base_' / 'datasets').glob('*.py'))
SYNTHETIC = 'dstransnet-s_1xb4-adam-4e_synthetic-128x128'
SIZE = 32
assert CONFIGS and BASES


@pytest.fixture(autouse=True)
def _scope() -> None:
    init_default_scope('mmseg')


def enable_as_mmseg_does(cfg: Config) -> None:
    """What the --tta of mmseg's own test script does to a config."""
    cfg.test_dataloader.dataset.pipeline = cfg.tta_pipeline
    cfg.tta_model.module = cfg.model
    cfg.model = cfg.tta_model


@pytest.mark.parametrize('path', BASES, ids=lambda path: path.stem)
def test_views_are_all_eight_of_an_image(path):
    config = Config.fromfile(path)
    height, width = config.image_size
    dataset = DATASETS.build(
        dict(
            type='SyntheticIRSTDDataset',
            num_scenes=1,
            scene=dict(size=max(height, width)),
            test_mode=True,
            pipeline=config.tta_pipeline))
    plain = Compose(config.test_pipeline)(dataset.get_data_info(0))
    views = dataset[0]
    assert len(views['inputs']) == len(views['data_samples']) == 8
    image = plain['inputs'].numpy()
    expected = []
    for turns in range(4):
        turned = np.rot90(image, turns, axes=(1, 2))
        expected += [turned, turned[:, :, ::-1]]
    for got, wanted in zip(views['inputs'], expected):
        assert np.array_equal(got, wanted)
    assert len({each.numpy().tobytes() for each in views['inputs']}) == 8
    first = views['data_samples'][0]
    assert torch.equal(first.gt_sem_seg.data,
                       plain['data_samples'].gt_sem_seg.data)


def _parts(cfg: Config) -> list[ConfigDict]:
    dataset = cfg.test_dataloader.dataset
    return dataset.get('datasets', [dataset])


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
@pytest.mark.parametrize('enable', [cli.enable_tta, enable_as_mmseg_does])
def test_every_config_builds_with_tta(path, enable):
    config = Config.fromfile(path)
    plain = Config.fromfile(path)
    joined = 'datasets' in plain.test_dataloader.dataset
    if joined and enable is enable_as_mmseg_does:
        pytest.skip('mmseg puts the pipeline where ConcatDataset has none')
    enable(config)
    for changed, before in zip(_parts(config), _parts(plain), strict=True):
        steps = changed.pipeline
        assert steps[-1].type == 'TestTimeAug'
        assert steps[:-1] == before.pipeline[:-1]
        assert len(Compose(steps).transforms) == len(steps)
    assert config.val_dataloader == plain.val_dataloader
    model = MODELS.build(config.model)
    assert isinstance(model, IRSTDTTAModel)
    assert model.module.data_preprocessor.mean.flatten().tolist() == (
        pytest.approx(plain.model.data_preprocessor.mean))


def test_a_child_config_needs_one_line_for_its_own_pipeline(tmp_path):
    """At the file's own size, without EvaluateAtInputSize."""
    child = tmp_path / 'child.py'
    child.write_text(f'''
_base_ = [{str(ROOT / 'configs/dstransnet' / SYNTHETIC)!r} + '.py']
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(48, 32), backend='pillow'),
    dict(type='LoadIRSTDMask'),
    dict(type='PackSegInputs'),
]
tta_pipeline = [*test_pipeline[:-1], {{{{_base_.dihedral_views}}}}]
''')
    config = Config.fromfile(child)
    dataset = config.test_dataloader.dataset
    dataset.update(num_scenes=1, pipeline=config.tta_pipeline)
    views = DATASETS.build(dataset)[0]
    shapes = [tuple(each.shape[1:]) for each in views['inputs']]
    assert shapes == 2 * (2 * [(32, 48)] + 2 * [(48, 32)])
    assert {each.ori_shape for each in views['data_samples']} == {(128, 128)}


def test_views_follow_the_pipeline_that_is_tested():
    """Also where --cfg-options changed it, and not tta_pipeline."""
    config = Config.fromfile(ROOT / f'configs/dstransnet/{SYNTHETIC}.py')
    dataset = config.test_dataloader.dataset
    views = config.tta_pipeline[-1]
    changed = [step for step in dataset.pipeline
               if step.type != 'EvaluateAtInputSize']
    changed[1] = dict(changed[1], scale=(48, 32))
    dataset.update(num_scenes=1, pipeline=changed)
    cli.enable_tta(config)
    assert dataset.pipeline == [*changed[:-1], views]
    assert len(changed) == 4 and changed[-1].type == 'PackSegInputs'
    shapes = [tuple(each.shape[1:])
              for each in DATASETS.build(dataset)[0]['inputs']]
    assert shapes == 2 * (2 * [(32, 48)] + 2 * [(48, 32)])


def test_joined_test_sets_get_views_of_their_own_pipelines():
    config = Config.fromfile(ROOT / f'configs/dstransnet/{SYNTHETIC}.py')
    dataset = config.test_dataloader.dataset
    views = config.tta_pipeline[-1]
    own = [dict(type='LoadImageFromFile'), dict(type='LoadIRSTDMask'),
           dict(type='PackSegInputs')]
    parts = [ConfigDict(dataset, num_scenes=1),
             ConfigDict(dataset, num_scenes=2, pipeline=own)]
    plain = copy.deepcopy(parts[0].pipeline)
    config.test_dataloader.dataset = dict(type='ConcatDataset', datasets=parts)
    cli.enable_tta(config)
    found = config.test_dataloader.dataset
    assert 'pipeline' not in found
    assert found.datasets[0].pipeline == [*plain[:-1], views]
    assert found.datasets[1].pipeline == [*own[:-1], views]
    joined = DATASETS.build(found)
    assert [len(joined[number]['inputs']) for number in range(3)] == 3 * [8]


def foreign_pipeline() -> list:
    """Views of another project, with steps of its own before them."""
    return [
        dict(type='LoadImageFromFile', to_float32=True),
        dict(
            type='TestTimeAug',
            transforms=[[dict(type='RandomFlip', prob=0.),
                         dict(type='RandomFlip', prob=1.)],
                        [dict(type='LoadIRSTDMask')],
                        [dict(type='PackSegInputs')]])
    ]


def test_another_tta_pipeline_stands_alone():
    config = Config.fromfile(ROOT / f'configs/dstransnet/{SYNTHETIC}.py')
    config.tta_pipeline = foreign_pipeline()
    cli.enable_tta(config)
    assert config.test_dataloader.dataset.pipeline == foreign_pipeline()


def test_a_data_set_without_a_pipeline_gets_all_of_it():
    config = Config.fromfile(ROOT / f'configs/dstransnet/{SYNTHETIC}.py')
    expected = copy.deepcopy(config.tta_pipeline)
    config.test_dataloader.dataset.pop('pipeline')
    cli.enable_tta(config)
    assert config.test_dataloader.dataset.pipeline == expected


@pytest.mark.parametrize('missing', [['tta_model'], ['tta_pipeline'],
                                     ['tta_model', 'tta_pipeline']])
def test_configs_without_the_settings_are_refused(missing):
    config = Config.fromfile(CONFIGS[0])
    for key in missing:
        config.pop(key)
    with pytest.raises(
            InputError,
            match=f'--tta needs {" and ".join(missing)} in the config'):
        cli.enable_tta(config)


class Collect(Hook):
    """Keep all predictions of a test run."""

    def __init__(self) -> None:
        self.samples = []

    def after_test_iter(self, runner, batch_idx, data_batch, outputs):
        self.samples += outputs


@pytest.fixture(scope='module')
def tiny(tmp_path_factory) -> Config:
    """Config of a tiny network on small scenes, with a checkpoint."""
    init_default_scope('mmseg')
    folder = tmp_path_factory.mktemp('tta')
    config = Config.fromfile(ROOT / f'configs/dstransnet/{SYNTHETIC}.py')
    config.model.backbone.base_channels = 2
    config.model.neck.update(in_channels=(2, 4, 8, 16), num_blocks=1)
    config.model.decode_head.update(
        in_channels=(2, 4, 8, 16, 16), stage_channels=(8, 4, 2, 2))
    for pipeline in (config.tta_pipeline,
                     config.test_dataloader.dataset.pipeline):
        pipeline[1].scale = (SIZE, SIZE)
    config.test_dataloader.update(
        num_workers=0, persistent_workers=False, batch_size=2)
    config.test_dataloader.dataset.update(num_scenes=3)
    config.env_cfg.cudnn_benchmark = False
    config.work_dir = str(folder)
    config.visualizer.vis_backends = [dict(type='LocalVisBackend')]
    torch.manual_seed(0)
    model = MODELS.build(config.model).eval()
    # Logits of mean 0 and deviation 2, so that views differ visibly.
    layer = model.decode_head.conv_seg
    with torch.no_grad():
        logits = model(torch.randn(1, 3, SIZE, SIZE))
        factor = 2 / logits.std()
        layer.bias.copy_((layer.bias - logits.mean()) * factor)
        layer.weight.mul_(factor)
    config.load_from = str(folder / 'tiny.pth')
    torch.save(dict(state_dict=model.state_dict()), config.load_from)
    return config


def run_test(config: Config) -> tuple[dict, list]:
    """Metrics and predictions of a test run."""
    runner = cli.build_runner(config)
    cli.check_checkpoint(config.load_from, runner.model)
    collect = Collect()
    runner.register_hook(collect)
    return runner.test(), collect.samples


def test_a_test_run_averages_eight_runs(tiny):
    config = copy.deepcopy(tiny)
    cli.enable_tta(config)
    config.experiment_name = 'tta'
    metrics, merged = run_test(config)
    assert len(merged) == 3
    assert 0 <= metrics['irstd/IoU'] <= 100

    model = MODELS.build(tiny.model).eval()
    model.load_state_dict(torch.load(tiny.load_from)['state_dict'])
    dataset = DATASETS.build(tiny.test_dataloader.dataset)
    for index, sample in enumerate(merged):
        data = dataset[index]
        image = data['inputs'].numpy()
        views = []
        for turns in range(4):
            for flip in (False, True):
                turned = np.rot90(image, turns, axes=(1, 2))
                turned = turned[..., ::-1] if flip else turned
                with torch.no_grad():
                    (one, ) = model.test_step(
                        dict(
                            inputs=[torch.from_numpy(turned.copy())],
                            data_samples=[data['data_samples'].clone()]))
                score = one.seg_logits.data[0].numpy()
                score = score[:, ::-1] if flip else score
                views.append(np.rot90(score, -turns))
        np.testing.assert_allclose(
            sample.seg_logits.data[0],
            np.mean(views, axis=0),
            rtol=0,
            atol=1e-5)
        assert np.std(views, axis=0).max() > 0.05
        assert torch.equal(sample.gt_sem_seg.data,
                           data['data_samples'].gt_sem_seg.data)
        assert sample.img_path == data['data_samples'].img_path


@pytest.mark.parametrize('wrapped', [False, True])
def test_checkpoints_of_other_networks_are_refused(tiny, tmp_path, wrapped):
    config = copy.deepcopy(tiny)
    cli.enable_tta(config)
    model = MODELS.build(config.model)
    if wrapped:  # as in distributed testing
        model = torch.nn.DataParallel(model)
    cli.check_checkpoint(tiny.load_from, model)
    state = torch.load(tiny.load_from)['state_dict']
    state.pop('decode_head.conv_seg.bias')
    torch.save(dict(state_dict=state), tmp_path / 'other.pth')
    with pytest.raises(InputError, match='lacks decode_head.conv_seg.bias'):
        cli.check_checkpoint(str(tmp_path / 'other.pth'), model)
