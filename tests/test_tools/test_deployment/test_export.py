"""tools/deployment/export.py, and the tools that take its files."""
import json

import numpy as np
import pytest
import torch
from helpers.small_networks import needs_openvino
from helpers.tiny_project import call_tool, error_of, evaluated

from projects.dstransnet.cli.commands import export

TOOL = 'deployment/export.py'


@needs_openvino
@pytest.mark.slow
def test_a_file_predicts_and_is_evaluated_as_pytorch_is(tiny, tmp_path):
    out = tmp_path / 'small.xml'
    result = call_tool(TOOL, tiny.config, tiny.checkpoint, '--out', out,
                       '--raw', '--scores')
    assert result.returncode == 0, result.stderr
    assert f'{out}: images (1, 3, 32, 32) to scores' in result.stdout
    assert 'operators: ' in result.stdout and 'GridSample' in result.stdout
    assert 'largest difference from PyTorch at 32 x 32: ' in result.stdout

    plain = evaluated(tiny.config, tiny.checkpoint)
    found = tmp_path / 'evaluated'
    result = call_tool('test.py', tiny.config, '--model', out, '--out', found,
                       '--work-dir', tmp_path / 'work')
    assert result.returncode == 0, result.stderr
    metrics = [json.loads((folder / 'result.json').read_text())['metrics']
               for folder in (found, plain.out)]
    assert metrics[0].keys() == metrics[1].keys() >= {'IoU', 'Pd', 'Fa'}
    for name, value in metrics[1].items():
        assert metrics[0][name] == (
            value if value is None else pytest.approx(value, rel=1e-4)), name

    image = tiny.folder / 'SIRST/images/Misc_6.png'
    result = call_tool('predict.py', '--model', out, image, '--out',
                       tmp_path / 'found', '--output-size', 'network',
                       '--save-scores')
    assert result.returncode == 0, result.stderr
    np.testing.assert_allclose(
        np.load(tmp_path / 'found/scores/Misc_6.npy'),
        np.load(plain.out / 'scores/Misc_6.npy'), atol=1e-5)


def test_the_tool_believes_no_file(tiny, tmp_path, monkeypatch):
    out = tmp_path / 'a.pt'
    out.write_text('an earlier one')
    monkeypatch.setattr(export, 'export_model',
                        lambda model, path, *args, **form: path.touch())
    monkeypatch.setattr(export, 'open_exported', lambda path: None)
    monkeypatch.setattr(export, 'file_error', lambda *args: float('nan'))
    result = call_tool(TOOL, tiny.config, tiny.checkpoint, '--out', out)
    assert 'it would differ from PyTorch by nan of the largest logit' in (
        error_of(result))
    assert out.read_text() == 'an earlier one'

    def stop(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(export, 'file_error', stop)
    call_tool(TOOL, tiny.config, tiny.checkpoint, '--out', out)
    assert [path.name for path in tmp_path.iterdir()] == ['a.pt']


@pytest.mark.parametrize('arguments, message', [
    (['--out', 'a.bin'], '--out: expected a file that ends in one of .xml'),
    (['--out', 'a.pt', '--format', 'onnx'],
     '--out: expected a file that ends in .onnx for --format onnx, got a.pt'),
    (['--out', 'none/a.pt'], '--out: no folder none'),
    (['--out', 'a.pt', '--tolerance', 'nan'], '--tolerance must be 0 or more'),
    (['--out', 'a.pt', '--int8'], 'int8: expected a file that ends in .xml'),
    (['--out', 'a.xml', '--calibration', 4], '--calibration needs --int8'),
    (['--out', 'a.pt', '--shape', 40, 40], 'multiples of 16, got 40 x 40'),
])
def test_wrong_arguments(tiny, arguments, message, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    result = call_tool(TOOL, tiny.config, tiny.checkpoint, *arguments)
    assert message in error_of(result)
    assert not list(tmp_path.glob('a.*'))


def test_checkpoint_and_file(tiny):
    result = call_tool('test.py', tiny.config, tiny.checkpoint, '--model',
                       'a.xml')
    assert 'expected CHECKPOINT or --model, got both' in result.stderr


def test_settings_of_the_model_with_a_file(tiny):
    assert error_of(call_tool(
        'test.py', tiny.config, '--model', 'a.xml', '--cfg-options',
        'model.test_cfg.mode=slide')) == (
            '--cfg-options model.test_cfg.mode: the model is that of --model '
            'a.xml')


def test_scenes_in_place_of_data_that_is_not_there(tiny):
    cfg = export.cli.read_config(str(tiny.config), {
        'test_dataloader.dataset.data_root': str(tiny.folder / 'none')})
    images = list(export.images_of(cfg, 'test', (32, 48), 2))
    assert [each.shape for each in images] == 2 * [
        torch.Size((1, 3, 32, 48))]
    assert images[0].max() > images[0].min()
