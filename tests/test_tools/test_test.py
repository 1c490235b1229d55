"""tools/test.py as a user calls it."""
import json
import math
import re
from pathlib import Path

import mmcv
import numpy as np
import pytest
import torch
from helpers.tiny_project import (
    ROOT,
    call_tool,
    error_of,
    evaluated,
    run_tool,
)

from projects.dstransnet import cli
from projects.dstransnet.cli import read_config
from projects.dstransnet.evaluation import (
    EvaluationProtocol,
    EvaluationResult,
    worst_first,
)
from projects.dstransnet.evaluation.external import truth_from_config
from projects.dstransnet.utils.errors import InputError

NAMES = ('Misc_6', 'Misc_7', 'Misc_8')
CURVES = ['pd_fa_threshold.png', 'precision_recall.png', 'roc_pixel.png',
          'roc_target.png']


def by_hand(tiny, scores: Path, threshold: float, prefix: str = '',
            bootstrap: int = 0) -> EvaluationResult:
    """Evaluate the score maps of a folder."""
    protocol = EvaluationProtocol(threshold=threshold, bootstrap=bootstrap)
    truth = truth_from_config(read_config(str(tiny.config)))
    assert list(truth) == list(NAMES)
    counts = [
        protocol.measure(np.load(scores / f'{prefix}{name}.npy'), load())
        for name, load in truth.items()
    ]
    return protocol.evaluate([prefix + name for name in NAMES], counts)


def names_in(csv: Path) -> list[str]:
    return [line.partition(',')[0] for line in csv.read_text().splitlines()]


def written(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix()
                  for path in folder.rglob('*') if path.is_file())


def test_what_is_printed_and_written(tiny):
    run = evaluated(tiny.config, tiny.checkpoint)
    result = EvaluationResult.read(run.out)
    expected = by_hand(tiny, run.out / 'scores', 0.5, bootstrap=20)
    assert result.metrics == pytest.approx(
        expected.metrics, rel=0, nan_ok=True)
    assert result.intervals.keys() == expected.intervals.keys()
    for name, interval in expected.intervals.items():
        assert result.intervals[name] == pytest.approx(
            interval, rel=0, nan_ok=True)
    assert result.settings == dict(
        expected.settings, config='tiny', checkpoint='epoch_2.pth', tta=False)
    assert result.num_images == 3
    for name in ('IoU', 'nIoU', 'Pd', 'Fa', 'Fa_component', 'Fa_pixel',
                 'Precision', 'Recall', 'F1'):
        text = f'{result.metrics[name]:.2f}'
        low, high = result.intervals[name]
        if not math.isnan(low):
            text += f' [{low:.2f}, {high:.2f}]'
        assert re.search(rf'\n\| {name} +\| +{re.escape(text)} \|',
                         run.stdout), name
    assert re.search(r'\n\| AUC_exact +\| +[\d.]+ \| FPR 0 .. 1', run.stdout)
    assert [name for name in written(run.out / 'curves')
            if name.endswith('.png')] == [
                *['froc.png'] * (len(expected.target_curve['Pd']) > 0),
                *CURVES]
    for name in CURVES:
        assert mmcv.imread(str(run.out / 'curves' / name)).std() > 0
    records = json.loads((run.out / 'per_image.json').read_text())
    assert [record['name'] for record in records] == [
        record.name for record in worst_first(expected.images)]
    for number, name in enumerate(NAMES):
        # Metrics at the network's size, pictures at the file's.
        mask = mmcv.imread(str(run.out / f'masks/{name}.png'), 'unchanged')
        scores = np.load(run.out / f'scores/{name}.npy')
        assert scores.dtype == np.float32 and scores.shape == (32, 32)
        np.testing.assert_array_equal(mask, 255 * (scores > 0.5))
        mask = mmcv.imread(str(run.show / f'masks/{name}.png'), 'unchanged')
        assert mask.shape == (40 + 4 * number, 56 - 3 * number)
        assert set(mask.flat) <= {0, 255}
        picture = mmcv.imread(str(run.show / f'pictures/{name}.png'))
        assert picture.std() > 0


def test_threshold_views_and_names(tiny, tmp_path):
    plain = evaluated(tiny.config, tiny.checkpoint).out / 'scores'
    scores = np.stack([np.load(plain / f'{name}.npy') for name in NAMES])
    threshold = round(float(np.quantile(scores, 0.3)), 4)
    out, show = tmp_path / 'out', tmp_path / 'show'
    result = run_tool(
        'test.py', tiny.config, tiny.checkpoint, '--work-dir', tmp_path,
        '--out', out, '--save-scores', '--worst-first', '--show-dir', show,
        '--tta', '--threshold', threshold, '--image-root',
        tiny.folder / 'SIRST', cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    expected = by_hand(tiny, out / 'scores', threshold, 'images/')
    found = EvaluationResult.read(out)
    assert found.metrics == pytest.approx(expected.metrics, rel=0)
    assert found.settings['threshold'] == threshold
    assert found.settings['tta'] is True
    assert found.intervals == {}
    assert found.metrics['Recall'] > 0 or found.metrics['Fa_pixel'] > 0
    assert f'| {found.metrics["Fa_pixel"]:.2f} |' in result.stdout
    names = [f'images/{name}' for name in NAMES]
    assert names_in(out / 'per_image.csv') == [
        'name', *(image.name for image in worst_first(expected.images))]
    for folder, suffix in ((out / 'masks', 'png'), (out / 'scores', 'npy'),
                           (show / 'masks', 'png'),
                           (show / 'pictures', 'png')):
        assert written(folder) == [f'{name}.{suffix}' for name in names]
    for name, single in zip(names, scores):
        merged = np.load(out / f'scores/{name}.npy')
        mask = mmcv.imread(str(out / f'masks/{name}.png'), 'unchanged')
        np.testing.assert_array_equal(mask, 255 * (merged > threshold))
        # The mean of eight views lies near one of them, and is another.
        assert 1e-4 < np.abs(merged - single).max() < 0.5
        # Pictures are decided at the threshold too, after a resize.
        shown = mmcv.imread(str(show / f'masks/{name}.png'), 'unchanged')
        assert 0 < 0.5 * mask.mean() < shown.mean() < 2 * mask.mean()


def test_the_deployed_network_has_the_same_metrics(tiny, tmp_path):
    plain = evaluated(tiny.config, tiny.checkpoint).out
    out = tmp_path / 'out'
    result = call_tool(
        'test.py', tiny.config, tiny.checkpoint, '--work-dir', tmp_path,
        '--out', out, '--save-scores', '--deploy', '--runtime',
        'torch')
    assert result.returncode == 0, result.stderr
    expected, found = EvaluationResult.read(plain), EvaluationResult.read(out)
    assert found.metrics == pytest.approx(
        expected.metrics, rel=1e-4, nan_ok=True)
    assert found.settings == dict(
        expected.settings, bootstrap=0, deploy='torch',
        deploy_dtype='float32')
    different = 0
    for name in NAMES:
        one, other = (np.load(folder / f'scores/{name}.npy')
                      for folder in (plain, out))
        np.testing.assert_allclose(one, other, atol=1e-5)
        different += (one != other).sum()
    assert different > 0  # by rounding: it was another network


def test_deploy_alone_before_the_config():
    result = call_tool('test.py', '--deploy', 'none.py', 'none.pth')
    assert error_of(result) == 'config: no file none.py'


@pytest.mark.parametrize(('arguments', 'message'), [
    (['--threshold', '1.5'],
     "argument --threshold: expected 0 to 1, got '1.5'"),
    (['--threshold', 'nan'],
     "argument --threshold: expected 0 to 1, got 'nan'"),
    (['--threshold', 'high'],
     "argument --threshold: expected 0 to 1, got 'high'"),
    (['--bootstrap', '-1'],
     "argument --bootstrap: expected an integer of 0 or more, got '-1'"),
    (['--save-scores'], '--save-scores needs --out'),
    (['--worst-first'], '--worst-first needs --out'),
    (['--tile-batch', '4'], '--tile-batch needs --tile'),
    (['--deploy-dtype', 'float32'], '--deploy-dtype needs --deploy'),
    (['--image-root', 'images'], '--image-root needs --out or --show-dir'),
    (['--out', 'here', '--show-dir', './new/../here/'],
     '--out and --show-dir need two folders: both write masks, of different '
     'sizes, got here twice'),
    (['--cfg-options', 'test_evaluator.match=foo'],
     "test_evaluator: match must be 'centroid' or 'overlap', got 'foo'"),
    (['--show-dir', 'here', '--cfg-options', 'test_evaluator.distance=0'],
     'test_evaluator: distance must be positive, got 0'),
    (['--show-dir', 'here', '--cfg-options',
      'default_hooks.visualization=None'],
     'default_hooks.visualization: expected an IRSTDVisualizationHook to draw '
     'with, got None'),
    (['--cfg-options', 'foo'],
     "argument --cfg-options: expected key=value, got 'foo'"),
    (['--tta', '--cfg-options', 'tta_model=None'],
     '--tta needs tta_model in the config; '
     'configs/_base_/default_runtime.py and the datasets of '
     'configs/_base_/datasets have them'),
    (['--cfg-options', 'test_evaluator.treshold=0.4'],
     'test_evaluator.treshold: IRSTDMetric has no such argument; did you mean '
     "'threshold'?"),
])
def test_bad_values_get_one_line(tiny, tmp_path, arguments, message):
    result = call_tool('test.py', tiny.config, tiny.checkpoint, '--work-dir',
                       tmp_path, *arguments)
    assert error_of(result) == message


@pytest.fixture
def configured(tiny, tmp_path, monkeypatch):
    """Return the config that would be run."""

    def configure(*arguments: object):
        configs = []

        def stop(cfg, verbose):
            configs.append(cfg)
            raise InputError('nothing is run')

        monkeypatch.setattr(cli, 'build_runner', stop)
        result = call_tool('test.py', tiny.config, tiny.checkpoint,
                           '--work-dir', tmp_path, *arguments)
        assert error_of(result) == 'nothing is run'
        return configs[0]

    return configure


def test_pictures_follow_the_metric(configured):
    options = ['--cfg-options', 'test_evaluator.match=overlap',
               'test_evaluator.distance=2', 'test_evaluator.connectivity=4',
               'test_evaluator.threshold=0.25']
    rules = dict(match='overlap', distance=2, connectivity=4)
    plain = configured(*options).default_hooks.visualization
    assert plain == dict(type='IRSTDVisualizationHook')
    shown = configured('--show-dir', 'shown', *options)
    assert shown.default_hooks.visualization == dict(
        plain, draw=True, out_dir='shown', image_root=None, threshold=0.25,
        **rules)
    shown = configured('--show-dir', 'shown', '--image-root', 'images',
                       '--threshold', 0.75, *options)
    assert shown.default_hooks.visualization == dict(
        plain, draw=True, out_dir='shown', image_root='images',
        threshold=0.75, **rules)


def test_views_follow_settings_of_the_test_pipeline(configured):
    config = configured(
        '--tta', '--cfg-options', 'test_pipeline.1.scale=(24,16)',
        'test_dataloader.dataset.pipeline.1.scale=(24,16)')
    steps = config.test_dataloader.dataset.pipeline
    assert [step.type for step in steps] == [
        'LoadImageFromFile', 'Resize', 'EvaluateAtInputSize', 'LoadIRSTDMask',
        'TestTimeAug']
    assert steps[1].scale == (24, 16)


@pytest.mark.parametrize('option', ['--out', '--show-dir'])
@pytest.mark.parametrize('below', ['', '/more'])
def test_folders_that_are_files_get_one_line(tiny, tmp_path, option, below):
    """Before anything is evaluated."""
    (tmp_path / 'out').write_text('hello')
    result = call_tool(
        'test.py', tiny.config, tiny.checkpoint, '--work-dir',
        tmp_path / 'run', option, f'{tmp_path}/out{below}')
    assert error_of(result) == (
        f'{option}: expected a folder, got the file {tmp_path}/out')
    assert (tmp_path / 'out').read_text() == 'hello'
    assert [path.name for path in tmp_path.iterdir()] == ['out']


def test_a_checkpoint_of_another_network_is_one_line(tiny, tmp_path):
    torch.save({'state_dict': {'head.weight': torch.zeros(1)}},
               tmp_path / 'other.pth')
    result = run_tool('test.py', tiny.config, 'other.pth', cwd=tmp_path)
    assert 'is of another network' in error_of(result)


def test_weights_to_publish_can_be_evaluated(
        tiny, tmp_path):
    weights = tmp_path / 'tiny.safetensors'
    result = run_tool('model_converters/publish_weights.py', tiny.checkpoint,
                      weights, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert weights.with_name('tiny.safetensors.sha256').read_text().endswith(
        '  tiny.safetensors\n')
    result = run_tool('test.py', tiny.config, weights, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert '\n| IoU ' in result.stdout


def test_official_weights_are_converted_and_fit_the_paper_config(
        golden, peers, tmp_path):
    import json
    keys = json.loads((golden / 'official_state_dict.json').read_text())
    state = {
        f'module.{key}': torch.full(shape, 0.5)
        for key, shape in keys['keys'].items()
    }
    torch.save(dict(state_dict=state), tmp_path / 'official.pth')
    result = run_tool('model_converters/official_to_mmseg.py', 'official.pth',
                      'converted.pth', cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert '599 tensors' in result.stdout

    from mmengine.config import Config

    from projects.dstransnet.cli import check_checkpoint
    from projects.dstransnet.models.build import build_segmentor
    config = Config.fromfile(ROOT / (
        'configs/dstransnet/dstransnet_1xb8-adam-500e_sirst-512x512.py'))
    with torch.device('meta'):
        model = build_segmentor(config)
    check_checkpoint(str(tmp_path / 'converted.pth'), model)

    torch.save({**state, 'module.output_head.weight': 'text'},
               tmp_path / 'other.pth')
    before = (tmp_path / 'official.pth').read_bytes()
    for src, dst, told in (
            ('other.pth', 'new.pth', 'other.pth: expected names of tensors'),
            ('official.pth', 'official.pth', 'is the same file as src'),
            ('official.pth', 'a.safetensors', 'dst: expected NAME.pth, got')):
        result = run_tool('model_converters/official_to_mmseg.py', src, dst,
                          cwd=tmp_path)
        assert result.returncode == 2 and told in result.stderr
        assert not (tmp_path / 'new.pth').exists()
    assert (tmp_path / 'official.pth').read_bytes() == before

    state['module.extra.weight'] = torch.zeros(1)
    torch.save(dict(state_dict=state), tmp_path / 'official.pth')
    result = run_tool('model_converters/official_to_mmseg.py', 'official.pth',
                      'converted.pth', cwd=tmp_path)
    assert result.returncode == 2
    assert "error: official.pth: no place for official key(s): " \
        "['extra.weight']" in result.stderr

    keys = json.loads((peers / 'acm.keys.json').read_text())['keys']
    torch.save({key: torch.empty(shape) for key, shape in keys.items()},
               tmp_path / 'official.pth')
    result = run_tool('model_converters/official_to_mmseg.py', 'official.pth',
                      'converted.pth', cwd=tmp_path)
    assert result.stderr.endswith('more]; its keys fit --network acm\n')
