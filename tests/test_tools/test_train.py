"""tools/train.py as a user calls it."""
import re

import pytest
import torch
from helpers.tiny_project import run_tool


def test_training_leaves_checkpoints_best_and_curves(tiny):
    assert tiny.checkpoint.is_file()
    assert list(tiny.work_dir.glob('best_irstd_IoU_epoch_*.pth'))
    assert list(tiny.work_dir.glob('best_irstd_nIoU_epoch_*.pth'))
    assert list(tiny.work_dir.rglob('events.out.tfevents.*'))


def test_every_loss_is_logged_by_name(tiny):
    for name in ('side4', 'side3', 'side2', 'side1', 'fused', 'out'):
        assert re.search(rf'decode\.loss_bce_{name}: \d', tiny.log)
        assert re.search(rf'decode\.loss_dice_{name}: \d', tiny.log)


def test_the_choice_of_operator_is_logged_once(tiny):
    assert tiny.log.count('ModulatedDeformConv2d: impl=') == 1


def test_resume_continues_where_it_stopped(tiny, tmp_path):
    arguments = (tiny.config, '--work-dir', tmp_path / 'run')
    first = run_tool(
        'train.py', *arguments, '--cfg-options', 'train_cfg.max_epochs=1',
        cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    second = run_tool('train.py', *arguments, '--resume', cwd=tmp_path)
    assert second.returncode == 0, second.stderr
    assert 'resumed epoch: 1' in second.stdout + second.stderr
    assert not re.search(r'Epoch\(train\)\s+\[1\]', second.stdout)
    # Same seed, same samples, same order: the run that was interrupted ends
    # with the weights of the one that was not.
    weights = [
        torch.load(path, weights_only=False)['state_dict']
        for path in (tiny.checkpoint, tmp_path / 'run' / 'epoch_2.pth')
    ]
    for key, value in weights[0].items():
        assert torch.equal(value, weights[1][key]), key


@pytest.mark.parametrize(('arguments', 'message'), [
    (['missing.py'], 'error: config: no file missing.py'),
    (['{config}', '--amp', '--amp-dtype', 'fp16'],
     'error: --amp-dtype fp16 needs a GPU'),
    (['{config}', '--cfg-options', 'train_dataloader.dataset.data_root=none'],
     'SIRSTDataset: no folder none; check data_root'),
])
def test_bad_input_gets_one_line(tiny, tmp_path, arguments, message):
    if '--amp' in arguments and torch.cuda.is_available():
        pytest.skip('there is a GPU')
    arguments = [part.format(config=tiny.config) for part in arguments]
    result = run_tool('train.py', *arguments, cwd=tmp_path)
    assert result.returncode == 2
    lines = [line for line in result.stderr.splitlines() if 'error' in line]
    assert len(lines) == 1
    assert message in lines[0]
    assert 'Traceback' not in result.stderr


def test_a_broken_config_is_named(tmp_path):
    config = tmp_path / 'broken.py'
    config.write_text('model = dict(')
    result = run_tool('train.py', config, cwd=tmp_path)
    assert result.returncode == 2
    assert 'Traceback' not in result.stderr
    assert f'error: config: {config} cannot be read' in result.stderr
