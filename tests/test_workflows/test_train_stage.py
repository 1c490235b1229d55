"""tools/train_stage.sh with a stub in place of training and converters."""
import shutil
import tarfile

import pytest
from helpers.tiny_project import ROOT, run

# Trains one epoch a call, and three in all; the first two calls are cut off.
STUB = '''#!/bin/sh
set -e
case "$1" in
*/train.py)
    cd "$4"
    done=$(ls epoch_*.pth 2>/dev/null | tr -dc 0-9)
    now=$((${done:-0} + 1))
    [ -z "$done" ] || rm "epoch_$done.pth"
    head -c 16000000 /dev/zero >"epoch_$now.pth"
    echo "$now: $*" >>run.log
    echo "epoch_$now.pth" >last_checkpoint
    [ $now = 3 ] || exec sleep 60
    echo best >best_irstd_IoU_epoch_2.pth ;;
*) cp "$2" "$3" ;;
esac
'''


@pytest.fixture
def stage(tmp_path):
    """Run a stage of about a second in the folder ``run``."""
    stub = tmp_path / 'stub'
    stub.write_text(STUB)
    stub.chmod(0o755)

    def stage():
        return run(ROOT / 'tools/train_stage.sh', 'config.py',
                   tmp_path / 'run', '0.02', '--amp', cwd=tmp_path,
                   PYTHON=str(stub))

    return stage


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_stages_continue_on_new_machines(stage, tmp_path):
    carry = tmp_path / 'run/carry'
    for epoch in (1, 2):
        assert stage().returncode == 0
        assert names(carry) == [f'epoch_{epoch}.pth.00',
                                f'epoch_{epoch}.pth.01', 'logs.tgz']
        with tarfile.open(carry / 'logs.tgz') as logs:
            assert logs.getnames() == ['./run.log']
        for path in (tmp_path / 'run').iterdir():
            if path != carry:  # the next machine has nothing else
                path.unlink()
    assert stage().returncode == 0
    assert names(carry) == ['best.safetensors.00', 'logs.tgz']
    assert (carry / 'best.safetensors.00').read_text() == 'best\n'
    log = (tmp_path / 'run/run.log').read_text()
    assert [line[:3] for line in log.splitlines()] == ['1: ', '2: ', '3: ']
    assert log.endswith('--resume --amp\n')


def test_iterations_travel_as_epochs_do(stage, tmp_path):
    carry = tmp_path / 'run/carry'
    carry.mkdir(parents=True)
    for number, text in enumerate(('first ', 'half')):
        (carry / f'iter_500.pth.0{number}').write_text(text)
    assert stage().returncode == 0
    assert (tmp_path / 'run/iter_500.pth').read_text() == 'first half'


def test_a_finished_training_stays_as_it_is(stage, tmp_path):
    carry = tmp_path / 'run/carry'
    carry.mkdir(parents=True)
    (carry / 'best.safetensors.00').write_text('best\n')
    result = stage()
    assert result.returncode == 0
    assert result.stdout == (
        f'the training is finished: {carry} holds the best weights\n')
    assert names(tmp_path / 'run') == ['carry']
    assert names(carry) == ['best.safetensors.00']


def test_what_is_carried_outlives_a_failure_of_the_converter(stage, tmp_path):
    carry, stub = tmp_path / 'run/carry', tmp_path / 'stub'
    assert stage().returncode == 0
    before = names(carry)
    stub.write_text(STUB.replace('cp "$2" "$3"', 'exit 2'))
    assert stage().returncode == 2
    assert names(carry) == before
    stub.write_text(STUB)
    assert stage().returncode == 0
    assert names(carry) == ['best.safetensors.00', 'logs.tgz']


def test_a_kill_while_carry_is_replaced_loses_nothing(stage, tmp_path):
    carry = tmp_path / 'run/carry'
    for number, folder in enumerate(('carry.old', 'carry.new')):
        (tmp_path / 'run' / folder).mkdir(parents=True)
        (tmp_path / f'run/{folder}/epoch_{number}.pth.00').write_text('state')
    assert stage().returncode == 0
    log = (tmp_path / 'run/run.log').read_text()
    assert log.startswith('2: ')  # after epoch 1 of carry.new
    assert sorted(path.name for path in carry.parent.iterdir()
                  if path.is_dir()) == ['carry']


def test_last_weights_where_the_best_are_on_another_machine(stage, tmp_path):
    carry, stub = tmp_path / 'run/carry', tmp_path / 'stub'
    # The best epoch by nIoU may be on this one all the same.
    stub.write_text(STUB.replace('best_irstd_IoU', 'best_irstd_nIoU'))
    carry.mkdir(parents=True)
    (carry / 'epoch_2.pth.00').write_text('weights')
    result = stage()
    assert result.returncode == 0
    assert 'no best weights by IoU' in result.stdout
    assert names(carry) == [
        'last.safetensors.00', 'last.safetensors.01', 'logs.tgz']
    assert 'holds the last weights' in stage().stdout


def test_an_error_of_the_training_ends_the_stage(stage, tmp_path):
    shutil.copy('/bin/false', tmp_path / 'stub')
    assert stage().returncode == 1


def test_missing_arguments(tmp_path):
    result = run(ROOT / 'tools/train_stage.sh', 'config.py', cwd=tmp_path)
    assert result.returncode == 2
    assert result.stderr.startswith('usage: ')
