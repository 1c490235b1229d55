"""Configs of mmengine's FlexibleRunner under tools/train.py."""
from helpers.forked_training import train
from helpers.toy_training import CONFIG, write_config

from projects.dstransnet.engine.provenance import read_runs


def test_training_and_resuming(tmp_path):
    config = write_config(
        tmp_path, CONFIG, runner_type='FlexibleRunner',
        strategy=dict(type='SingleDeviceStrategy'),
        custom_hooks=[])  # mmengine's EMAHook does not resume under it
    for more, epoch in ((), 3), (
            ('--resume', '--cfg-options', 'train_cfg.max_epochs=4'), 4):
        result = train(config, tmp_path / 'run', *more)
        assert not result.killed and result.returncode == 0, result
        assert (tmp_path / f'run/epoch_{epoch}.pth').is_file()
    first, second = read_runs(tmp_path / 'run/run_record.json')['runs']
    assert first['first_iteration'] == 0 < second['first_iteration']
