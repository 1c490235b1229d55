"""Validations after an interruption; kills: test_workflows/test_resume.py."""
import re
from types import SimpleNamespace

import pytest
from helpers.forked_training import assert_same_end, train
from helpers.toy_training import CONFIG, write_config

STOPPING = CONFIG.replace('patience=50', 'patience=1').replace(
    'max_epochs=3', 'max_epochs=6')


@pytest.fixture(scope='module')
def stopped(tmp_path_factory):
    """Config, folder, last epoch and operations of one stopped early."""
    folder = tmp_path_factory.mktemp('stopped')
    config = write_config(folder, STOPPING)
    result = train(config, folder / 'run')
    assert result.returncode == 0, result.stderr
    assert 'metric did not improve' in result.stdout
    last = re.findall(r'Saving checkpoint at (\d) epochs', result.stdout)[-1]
    assert 2 <= int(last) < 6
    return SimpleNamespace(
        config=config,
        folder=folder / 'run',
        last=last,
        operations=result.operations)


def test_a_validation_that_was_cut_off_is_made_up_for(stopped, tmp_path):
    before = f'epoch_{int(stopped.last) - 1}.pth'
    saved = stopped.operations.index(['remove', before])
    killed = train(stopped.config, tmp_path / 'run', fault_at=saved)
    assert killed.killed
    resumed = train(stopped.config, tmp_path / 'run', '--resume')
    assert 'The resumed checkpoint was not validated yet' in resumed.stdout
    assert re.findall(r'Epoch\(val\) *\[(\d)\]\[4/4\]',
                      resumed.stdout) == [stopped.last]
    # The counter was restored as well: it stops there again.
    assert 'metric did not improve' in resumed.stdout
    assert 'Epoch(train)' not in resumed.stdout
    assert_same_end(tmp_path / 'run', stopped.folder)


def test_a_validation_is_not_repeated(tmp_path):
    config = write_config(tmp_path, CONFIG)
    options = ('--cfg-options', 'train_cfg.max_epochs=2')
    assert train(config, tmp_path / 'run', *options).returncode == 0
    resumed = train(config, tmp_path / 'run', '--resume')
    # Epoch 2 had a new best score, and was saved again after it.
    assert re.findall(r'Epoch\(val\) *\[(\d)\]\[4/4\]',
                      resumed.stdout) == ['3']


def test_a_run_without_validation(tmp_path):
    text = re.sub(r'(?m)^val_evaluator.*|^val_cfg.*', '', CONFIG)
    text = re.sub(r'(?s)val_dataloader = .*?False\)\)', '', text)
    text = re.sub(r"(?s)\n    dict\(type='ReduceOnPlateauLR.*?end=99\),", '',
                  text)
    text = text.replace("save_best=['score', 'odd'], rule='greater'", '')
    text = re.sub(r"(?s)dict\(type='EarlyStopping.*?50\),", '', text)
    config = write_config(tmp_path, text)
    for arguments in (('--cfg-options', 'train_cfg.max_epochs=2'),
                      ('--resume', )):
        result = train(config, tmp_path / 'run', *arguments)
        assert result.returncode == 0, result.stderr
    assert 'resumed epoch: 2' in result.stdout
    assert 'not validated' not in result.stdout
