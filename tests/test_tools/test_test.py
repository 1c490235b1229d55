"""tools/test.py as a user calls it."""
import mmcv
import pytest
import torch
from tiny_project import ROOT, run_tool


def test_metrics_are_printed_and_masks_written(tiny, tmp_path):
    out, show = tmp_path / 'out', tmp_path / 'show'
    result = run_tool(
        'test.py', tiny.config, tiny.checkpoint, '--work-dir', tmp_path,
        '--out', out, '--show-dir', show, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    for name in ('IoU', 'nIoU', 'Pd', 'Fa', 'Precision', 'Recall', 'F1'):
        assert f'\n| {name} ' in result.stdout
    for number, name in enumerate(('Misc_6', 'Misc_7', 'Misc_8')):
        # Metrics at the network's size, pictures at the file's.
        evaluated = mmcv.imread(str(out / f'{name}.png'), 'unchanged')
        assert evaluated.shape == (32, 32)
        mask = mmcv.imread(str(show / f'masks/{name}.png'), 'unchanged')
        assert mask.shape == (40 + 4 * number, 56 - 3 * number)
        assert set(mask.flat) <= {0, 255}
        picture = mmcv.imread(str(show / f'pictures/{name}.png'))
        assert picture.std() > 0


@pytest.mark.parametrize(('checkpoint', 'message'), [
    ('missing.pth', 'checkpoint: no file missing.pth'),
    ('other.pth', 'is of another network'),
    ('text.pth', 'is not a checkpoint'),
])
def test_bad_checkpoints_get_one_line(tiny, tmp_path, checkpoint, message):
    (tmp_path / 'text.pth').write_text('hello')
    torch.save({'state_dict': {'head.weight': torch.zeros(1)}},
               tmp_path / 'other.pth')
    result = run_tool('test.py', tiny.config, checkpoint, cwd=tmp_path)
    assert result.returncode == 2
    assert 'Traceback' not in result.stderr
    lines = [line for line in result.stderr.splitlines() if 'error:' in line]
    assert len(lines) == 1
    assert message in lines[0]


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
        golden, tmp_path):
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
    from mmseg.registry import MODELS

    from projects.dstransnet.cli import check_checkpoint
    config = Config.fromfile(ROOT / (
        'configs/dstransnet/dstransnet_1xb8-adam-500e_sirst-512x512.py'))
    model = MODELS.build(config.model)
    check_checkpoint(str(tmp_path / 'converted.pth'), model)

    state['module.extra.weight'] = torch.zeros(1)
    torch.save(dict(state_dict=state), tmp_path / 'official.pth')
    result = run_tool('model_converters/official_to_mmseg.py', 'official.pth',
                      'converted.pth', cwd=tmp_path)
    assert result.returncode == 2
    assert "error: official.pth: no place for official key(s): " \
        "['extra.weight']" in result.stderr
