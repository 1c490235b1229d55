"""Classical detectors through the tools, without a checkpoint."""
import csv
import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from helpers.tiny_project import ROOT, call_tool, error_of
from mmengine.config import Config

from projects.dstransnet.cli.config_check import check_config
from projects.dstransnet.detectors import METHODS

CONFIGS = sorted((ROOT / 'configs/classical').glob('*.py'))
NAMES = ('Misc_6', 'Misc_7', 'Misc_8')
assert CONFIGS


@pytest.fixture
def config(project, tmp_path) -> Path:
    """Config of a detector on the tiny dataset."""
    path = tmp_path / 'detector.py'
    path.write_text(
        f"_base_ = '{project.config}'\n"
        "model = dict(_delete_=True, type='ClassicalDetector',\n"
        "             method='top_hat', rule='deviation', k=8)\n")
    return path


@pytest.mark.parametrize('dataset', ['SIRST', 'NUDT-SIRST'])
def test_every_method_has_a_config_for_each_dataset(dataset):
    found = {path.stem.split('_')[0]: Config.fromfile(path)
             for path in CONFIGS
             if path.stem.endswith(f'_{dataset.lower()}-256x256')}
    assert sorted(found) == sorted(
        method.replace('_', '-') for method in METHODS)
    for name, cfg in found.items():
        assert cfg.model.method.replace('_', '-') == name
        assert Path(cfg.test_dataloader.dataset.data_root).name == dataset


def test_metrics_curves_and_pictures(config, tmp_path):
    out, show = tmp_path / 'out', tmp_path / 'show'
    result = call_tool(
        'test.py', config, '--work-dir', tmp_path / 'run', '--out', out,
        '--show-dir', show, '--save-scores', '--bootstrap', 20)
    assert result.returncode == 0, result.stderr
    assert re.search(r'[\d.]+ ms an image', result.stdout)
    written = json.loads((out / 'result.json').read_text())
    assert written['settings']['model'] == dict(
        type='ClassicalDetector', method='top_hat', rule='deviation', k=8)
    assert written['metrics']['Pd'] == 100
    assert (out / 'curves/roc_target.png').is_file()
    assert len(list((show / 'pictures').iterdir())) == 3
    for name in NAMES:
        scores = np.load(out / 'scores' / f'{name}.npy')
        mask = cv2.imread(str(out / 'masks' / f'{name}.png'), -1)
        np.testing.assert_array_equal(mask > 0, scores > 0.5)
    # Scores of this evaluation would not belong to the masks of another.
    result = call_tool('test.py', config, '--work-dir', tmp_path / 'run',
                       '--out', out)
    assert 'out/scores has score maps of an earlier run' in error_of(result)


@pytest.mark.slow
def test_views_of_a_detector(config, tmp_path):
    result = call_tool('test.py', config, '--work-dir', tmp_path, '--tta')
    assert result.returncode == 0, result.stderr
    assert re.search(r'[\d.]+ ms an image', result.stdout)


def test_predictions_of_a_folder(project, config, tmp_path):
    result = call_tool('predict.py', config, project.data / 'images', '--out',
                       tmp_path / 'out', '--threshold', 0.4)
    assert result.returncode == 0, result.stderr
    with open(tmp_path / 'out/images.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 9
    assert not any(row['problem'] for row in rows)


def test_threshold_is_chosen_on_the_training_split(config, tmp_path):
    result = call_tool(
        'analysis_tools/pick_threshold.py', config, '--split', 'train',
        '--work-dir', tmp_path / 'run', '--step', 0.1)
    assert result.returncode == 0, result.stderr
    assert 'Best F1 on train: threshold' in result.stdout


@pytest.mark.parametrize('arguments', [
    ('test.py', ), ('predict.py', '{images}', '--out', '{out}')])
def test_networks_need_a_checkpoint(project, tmp_path, arguments):
    tool, *rest = [
        each.format(images=project.data / 'images', out=tmp_path / 'out')
        for each in arguments]
    error = error_of(call_tool(tool, project.config, *rest))
    assert re.match('checkpoint: expected the .pth or .safetensors file of '
                    'the weights of this EncoderDecoder, got none', error)


@pytest.mark.parametrize('option', [('--tile', 128), ('--deploy', )])
def test_options_of_networks_are_refused(config, tmp_path, option):
    error = error_of(call_tool('test.py', config, '--work-dir',
                               tmp_path / 'run', *option))
    assert 'EncoderDecoder' in error and 'ClassicalDetector' in error


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_configs_have_known_settings(path):
    check_config(Config.fromfile(path))
