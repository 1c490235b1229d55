"""Records of runs, and warnings of data that are not those of training."""
import functools
import logging
from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import BaseLoop
from mmseg.datasets import BaseSegDataset

import projects.dstransnet.engine.hooks.run_record_hook as module
from projects.dstransnet.datasets import SyntheticIRSTDDataset
from projects.dstransnet.engine.hooks import RunRecordHook
from projects.dstransnet.engine.provenance import read_runs

SPLITS = dict(val=(4, 1), test=(4, 2))  # scenes and seed


class Loop(BaseLoop):
    """Has data, and does nothing."""

    def __init__(self, dataset) -> None:
        self.dataloader = SimpleNamespace(dataset=dataset)

    def run(self) -> None:
        raise NotImplementedError


def settings(split: str, **changes) -> dict:
    number, seed = SPLITS[split]
    return dict(
        dataset=dict(type='SyntheticIRSTDDataset', num_scenes=number,
                     seed=seed, pipeline=[dict(type='Missing')], **changes))


@functools.cache
def scenes(number: int, seed: int) -> SyntheticIRSTDDataset:
    return SyntheticIRSTDDataset(
        number, seed=seed, pipeline=[], serialize_data=False)


def runner(folder, **changes) -> SimpleNamespace:
    return SimpleNamespace(**{**dict(
        work_dir=str(folder), seed=7, deterministic=False, launcher='none',
        world_size=1, iter=0, _resume=False, _load_from=None,
        cfg=Config(dict(
            model=dict(type='M'), val_dataloader=settings('val'),
            test_dataloader=settings('val'))),
        train_loop=Loop(scenes(6, 0)), _val_loop=Loop(scenes(4, 1)),
        test_loop=Loop(scenes(4, 1))), **changes})


def trained(folder, hook=None, **changes) -> dict:
    """Return the checkpoint of a run."""
    hook, run = hook or RunRecordHook(), runner(folder, **changes)
    hook.before_train(run)
    checkpoint = dict(meta={})
    hook.before_save_checkpoint(run, checkpoint)
    hook.after_train(run)
    return checkpoint


def warnings_of(checkpoint, **changes) -> list[str]:
    hook, run = RunRecordHook(), runner('none', **changes)
    hook.after_load_checkpoint(run, checkpoint)
    hook.before_test(run)
    return hook.warnings


def test_a_run_and_its_continuation_are_recorded(tmp_path):
    trained(tmp_path)
    trained(tmp_path, _resume=True, _load_from='epoch_1.pth', iter=3, seed=7)
    record = read_runs(tmp_path / 'run_record.json')
    first, second = record['runs']
    assert first['resumed_from'] is None
    assert (second['resumed_from'], second['first_iteration']) == (
        'epoch_1.pth', 3)
    assert first['config']['model'] == dict(type='M')
    assert first['data'] == second['data']
    for key in ('started', 'finished', 'command', 'code', 'hardware'):
        assert first[key], key
    assert first['versions']['torch']
    assert (first['seed'], first['launcher'], first['processes']) == (
        7, 'none', 1)
    assert {each['listing'] for each in record['data_sets'].values()} == {
        'synthetic://seed=0/images 0-5', 'synthetic://seed=1/images 0-3'}


def test_checkpoints_have_the_record_without_command_and_config(tmp_path):
    record = trained(tmp_path)['meta']['run_record']
    assert {'code', 'versions', 'seed', 'data', 'data_sets'} <= record.keys()
    assert not {'command', 'config'} & record.keys()
    assert list(record['data']) == ['train', 'val', 'test']


def test_other_test_data_are_listed_without_their_pipeline(tmp_path):
    cfg = Config(dict(val_dataloader=settings('val'),
                      test_dataloader=settings('test')))
    record = trained(tmp_path, cfg=cfg)['meta']['run_record']
    (digest, ) = record['data']['test']
    listed = record['data_sets'][digest]['listing']
    assert listed == 'synthetic://seed=2/images 0-3'
    # What trains is as it was.
    assert cfg.test_dataloader == settings('test')


def test_training_without_validation_and_test(tmp_path):
    record = trained(tmp_path, cfg=Config(dict()), _val_loop=None)
    assert list(record['meta']['run_record']['data']) == ['train']
    # A loop that is not built yet.
    record = trained(tmp_path, cfg=Config(dict()), _val_loop=dict())
    assert list(record['meta']['run_record']['data']) == ['train']


@pytest.fixture
def logged(monkeypatch) -> list:
    """Level and text of what the hook logs."""
    lines = []
    monkeypatch.setattr(
        module, 'print_log',
        lambda text, logger, level=logging.INFO: lines.append((level, text)))
    return lines


def test_test_data_that_are_not_here_do_not_stop_training(tmp_path, logged):
    missing = dict(dataset=dict(
        type='SIRSTDataset', cache='ram', data_root=str(tmp_path / 'none'),
        pipeline=[]))
    cfg = Config(dict(test_dataloader=missing))
    record = trained(tmp_path, cfg=cfg)['meta']['run_record']
    assert list(record['data']) == ['train', 'val']
    (line, ) = [text for level, text in logged if level == logging.WARNING]
    assert 'the test data are not in the record of this run' in line


@pytest.fixture
def without_masks(tmp_path) -> BaseSegDataset:
    """A stock data set; it names masks whether they exist or not."""
    (tmp_path / 'images').mkdir()
    (tmp_path / 'images/a.jpg').write_bytes(b'a')
    return BaseSegDataset(data_root=str(tmp_path), data_prefix=dict(
        img_path='images', seg_map_path='masks'), pipeline=[])


def test_data_that_cannot_be_read_end_neither_training_nor_test(
        tmp_path, logged, without_masks):
    checkpoint = trained(tmp_path, train_loop=Loop(without_masks))
    assert list(checkpoint['meta']['run_record']['data']) == ['val', 'test']
    (line, ) = [text for level, text in logged if level == logging.WARNING]
    assert 'the train data' in line and 'FileNotFoundError' in line
    (line, ) = warnings_of(checkpoint, test_loop=Loop(without_masks))
    assert 'cannot be compared' in line and 'FileNotFoundError' in line


def test_changed_test_data_and_training_images_are_warned_of(
        tmp_path, logged):
    checkpoint = trained(tmp_path)
    logged.clear()
    (line, ) = warnings_of(checkpoint, test_loop=Loop(scenes(3, 1)))
    assert '1 missing (000003)' in line
    assert logged == [(logging.WARNING, line)]
    (line, ) = warnings_of(checkpoint, test_loop=Loop(scenes(6, 0)))
    assert '6 of 6 test images are among the training images' in line


@pytest.mark.parametrize('record', [
    'text', [1], dict(data_sets=3), dict(data_sets=dict(a=dict(b=1))),
    dict(data_sets=dict(a=dict(type='T', source='s', samples=1, size=1,
                               listing='nothing')), data={}),
])
def test_a_record_that_is_none_is_a_warning(record):
    (line, ) = warnings_of(dict(meta=dict(run_record=record)))
    assert 'cannot be compared' in line


def test_nothing_but_plain_data(tmp_path):
    """So that checkpoints load as data."""
    checkpoint = trained(tmp_path)
    torch.save(checkpoint, tmp_path / 'c.pth')
    assert torch.load(tmp_path / 'c.pth', weights_only=True) == checkpoint
