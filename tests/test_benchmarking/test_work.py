"""Jobs with tools that only write the files of the real ones."""
import copy
import json

import numpy as np
import pytest
from helpers.benchmark_results import failed, result
from helpers.tiny_project import ROOT, write_project
from mmengine.config import Config

from projects.dstransnet.benchmarking import (
    Budget,
    Model,
    Table,
    Workshop,
    cross_models,
    cross_table,
    read_datasets,
    run_jobs,
    work,
)
from projects.dstransnet.evaluation import EvaluationProtocol
from projects.dstransnet.profiling import Case
from projects.dstransnet.utils.errors import InputError

TRAIN = '''
import pathlib, sys
words = sys.argv
folder = pathlib.Path(words[words.index('--work-dir') + 1])
epochs = words[-1].removeprefix('train_cfg.max_epochs=')
(folder / 'arguments').write_text(' '.join(words[1:]))
(folder / f'epoch_{epochs}.pth').write_text('weights')
'''
TEST = '''
import pathlib, shutil, sys
words = sys.argv
folder = pathlib.Path(words[words.index('--out') + 1])
(folder / 'arguments').write_text(' '.join(words[1:]))
saved = pathlib.Path(__file__).parent / 'result.json'
shutil.copy(saved, folder)
'''


def written_config(job):
    """Return the config, named like the model's, that a job ran."""
    (path, ) = job.file.parent.glob('*.py')
    return Config.fromfile(path)


@pytest.fixture
def tools(tmp_path):
    folder = tmp_path / 'tools'
    mask = np.zeros((16, 16), np.float32)
    mask[4:6, 4:6] = 1
    protocol = EvaluationProtocol()
    protocol.evaluate(['a'], [protocol.measure(mask, mask)]).write(
        str(folder))
    (folder / 'train.py').write_text(TRAIN)
    (folder / 'test.py').write_text(TEST)
    return folder


@pytest.fixture
def project(tmp_path):
    return write_project(tmp_path)


@pytest.fixture(autouse=True)
def measured(monkeypatch):
    """Measure nothing; return the cases that were to be measured."""
    cases = []

    def measure_all(cfg, found, finished):
        cases.extend(found)
        return [result()]

    monkeypatch.setattr(work, 'measure_all', measure_all)
    return cases


def workshop(tmp_path, tools, **settings):
    return Workshop(tmp_path / 'out', tools, Case('', 0, 0), **settings)


def names(jobs):
    return [str(job) for job in jobs]


def test_cost_alone(tmp_path, tools, project, measured):
    shop = workshop(tmp_path, tools)
    jobs = shop.jobs(Model('net', str(project.config)))
    assert names(jobs) == ['net: cost']
    assert run_jobs(jobs, print) == {}
    assert [(case.height, case.width) for case in measured] == [(32, 32)]
    assert shop.costs() == {'net': json.loads(json.dumps(result().as_dict()))}
    assert shop.results() == shop.seeds() == {}


def test_cost_at_the_size_of_the_dataset(tmp_path, tools, project, measured):
    dataset = Config.fromfile(project.config)
    dataset.test_dataloader.dataset.pipeline[1:1] = [
        dict(type='Resize', scale=(96, 64), keep_ratio=False)]
    shop = workshop(tmp_path, tools, datasets=dict(a=dataset))
    run_jobs(shop.jobs(Model('net', str(project.config))), print)
    assert [(case.height, case.width) for case in measured] == [(64, 96)]


def test_given_weights(tmp_path, tools, project):
    shop = workshop(tmp_path, tools)
    jobs = shop.jobs(
        Model('net', str(project.config), str(project.checkpoint)))
    assert names(jobs) == ['net: cost', 'net: test']
    assert shop.results() == {}
    assert run_jobs(jobs, print) == {}
    found = shop.results()['net']
    assert found.metrics['IoU'] == 100
    assert found.settings['weights'] == 'given (weights.pth)'
    assert found.settings['input_size'] == '32 x 32'
    assert found.settings['split'] == 'test of SIRSTDataset'


def test_trainings_by_seed(tmp_path, tools, project):
    shop = workshop(tmp_path, tools, budget=Budget(2, 7))
    jobs = shop.jobs(Model('net', str(project.config)))
    runs = ['net (seed 0)', 'net (seed 1)']
    assert names(jobs) == ['net: cost'] + [
        f'{run}: {kind}' for run in runs for kind in ('train', 'test')]
    assert run_jobs(jobs, print) == {}
    assert shop.seeds() == {'net': runs}
    assert list(shop.costs()) == list(shop.results()) == runs
    assert shop.results()[runs[1]].settings['weights'] == 'last epoch of 7'
    assert shop.results()[runs[1]].settings['seeds'] == 2
    for seed, job in enumerate(jobs[1::2]):
        assert f'--resume --seed {seed} --cfg-options' in (
            job.file.with_name('arguments').read_text())


def test_what_decides_a_result_decides_its_file(tmp_path, tools, project):
    def files(budget=None, checkpoint=None, **settings):
        shop = workshop(tmp_path, tools, budget=budget, **settings)
        return {job.kind: job.file for job in shop.jobs(
            Model('net', str(project.config), checkpoint))}

    weights = str(project.checkpoint)
    before = files(checkpoint=weights)
    assert files(checkpoint=weights) == before
    assert files(checkpoint=weights, bootstrap=9)['test'] != before['test']
    with open(weights, 'ab') as file:
        file.write(b' ')
    changed = files(checkpoint=weights)
    assert changed['test'] != before['test']
    assert changed['cost'] == before['cost']
    assert len({files(Budget(1, epochs))['train'] for epochs in (1, 2, None)
                }) == 2  # None: the 2 epochs of the config
    project.config.write_text(
        project.config.read_text() + 'randomness = dict(seed=5)\n')
    assert files(checkpoint=weights)['cost'] != changed['cost']


def test_a_training_that_fails_leaves_its_test_without_weights(
        tmp_path, tools, project):
    (tools / 'train.py').write_text('raise SystemExit("diverged")')
    shop = workshop(tmp_path, tools, budget=Budget(1))
    found = run_jobs(shop.jobs(Model('net', str(project.config))), print)
    assert list(found) == ['net: train', 'net: test']
    assert 'exit code 1 (diverged)' in found['net: train']
    assert 'no weights: the training failed' in found['net: test']
    assert list(shop.costs()) == ['net']


def test_too_little_memory_is_an_error(tmp_path, tools, project, monkeypatch):
    monkeypatch.setattr(work, 'measure_all', lambda *_: [failed()])
    shop = workshop(tmp_path, tools)
    found = run_jobs(shop.jobs(Model('net', str(project.config))), print)
    assert 'out of memory' in found['net: cost']
    assert shop.costs() == {}


def test_training_needs_epochs(tmp_path, tools, project):
    project.config.write_text(project.config.read_text() + (
        "train_cfg = dict(_delete_=True, type='IterBasedTrainLoop', "
        'max_iters=3)\n'))
    with pytest.raises(InputError, match=r'expected train_cfg\.max_epochs'):
        workshop(tmp_path, tools, budget=Budget(1)).jobs(
            Model('net', str(project.config)))


def test_time_as_the_budget(tmp_path, tools, project):
    shop = workshop(tmp_path, tools, budget=Budget(1, None, 0.5))
    jobs = shop.jobs(Model('net', str(project.config)))
    assert run_jobs(jobs, print) == {}
    config = written_config(jobs[1])
    assert config.custom_hooks[-1] == dict(type='TimeLimitHook', minutes=0.5)
    assert shop.results()['net'].settings['weights'] == (
        'last epoch of 2, at most 0.5 minutes')
    with open(project.config, 'a') as file:
        file.write('\ncustom_hooks = None\n')
    jobs = workshop(tmp_path, tools, budget=Budget(1, None, 0.25)).jobs(
        Model('other', str(project.config)))
    assert run_jobs(jobs, print) == {}
    assert written_config(jobs[1]).custom_hooks == [
        dict(type='TimeLimitHook', minutes=0.25)]


def test_one_schedule_for_all(tmp_path, tools, project):
    schedule = tmp_path / 'short.py'
    schedule.write_text('train_cfg = dict(max_epochs=3)\n')
    shop = workshop(tmp_path, tools, budget=Budget(1, schedule=str(schedule)))
    jobs = shop.jobs(Model('net', str(project.config)))
    assert run_jobs(jobs, print) == {}
    config = written_config(jobs[1])
    assert config.train_cfg == dict(max_epochs=3)
    assert shop.results()['net'].settings['weights'] == (
        'last epoch of 3, short')
    schedule.unlink()
    with pytest.raises(InputError, match=r'--schedule: no file .*short\.py'):
        shop.jobs(Model('net', str(project.config)))


def test_settings_and_mixed_precision_of_all_trainings(
        tmp_path, tools, project, measured):
    def training(**settings):
        shop = workshop(tmp_path, tools, budget=Budget(1, **settings))
        return shop, shop.jobs(Model('net', str(project.config)))

    shop, jobs = training(
        options={'train_dataloader.batch_size': 3}, amp=True)
    assert run_jobs(jobs, print) == {}
    config = written_config(jobs[1])
    assert config.train_dataloader.batch_size == 3
    # What is measured is the network that is trained.
    assert Config.fromfile(
        measured[0].config).train_dataloader.batch_size == 3
    assert ' --amp ' in jobs[1].file.with_name('arguments').read_text()
    assert shop.results()['net'].settings['weights'] == (
        'last epoch of 2, mixed precision, train_dataloader.batch_size=3')
    cost, plain = training()[1][:2]
    assert cost.file != jobs[0].file  # that of the network with the settings
    assert len({jobs[1].file, plain.file, training(amp=True)[1][1].file}) == 3
    run_jobs([plain], print)
    assert '--amp' not in plain.file.with_name('arguments').read_text()
    with pytest.raises(InputError, match='--cfg-options batch: no such sett'):
        training(options={'batch': 3})


def test_classical_detectors_are_not_trained(tmp_path, tools, project):
    model = Model('top-hat', str(ROOT / 'configs/classical/'
                                 'top-hat_sirst-256x256.py'))
    shop = workshop(tmp_path, tools, budget=Budget(2), save_scores=True)
    jobs = shop.jobs(model)
    assert names(jobs) == ['top-hat: cost', 'top-hat: test']
    assert run_jobs(jobs, print) == {}
    assert list(shop.costs()) == list(shop.results()) == ['top-hat']
    words = (shop.result_folders()['top-hat'] / 'arguments').read_text()
    assert '.pth' not in words and '--save-scores' in words
    config = Config.fromfile(model.config)
    assert cross_models([model], [config], {}, tmp_path) == [model]


def test_every_model_on_every_dataset(tmp_path, tools, project):
    given = Config.fromfile(project.config)
    given.dataset_preprocessor = dict(mean=[9.] * 3)
    datasets = {}
    for name in 'AB':
        datasets[name] = copy.deepcopy(given)
        datasets[name].test_dataloader.dataset.data_root = name
        datasets[name].train_dataloader.dataset.data_root = f'train {name}'
        datasets[name].train_dataloader.batch_size = 7
    models = cross_models(
        [Model('net', 'x'), Model('given', 'y', str(project.checkpoint))],
        [given, given], datasets, tmp_path / 'configs')
    assert [model.name for model in models] == ['net (A)', 'net (B)', 'given']
    config = Config.fromfile(models[1].config)
    assert config.train_dataloader.dataset.data_root == 'train B'
    assert config.train_dataloader.batch_size == 7
    assert config.model.data_preprocessor.mean == [9.] * 3

    shop = workshop(tmp_path, tools, budget=Budget(2, 1), datasets=datasets)
    jobs = shop.jobs(models[1])
    assert names(jobs)[1:4] == [
        'net (B) (seed 0): train', 'net (B) (seed 0) on A: test',
        'net (B) (seed 0) on B: test']
    assert run_jobs(jobs, print) == {}
    # Seeds and costs are those of the runs on each dataset.
    assert shop.costs().keys() == shop.results().keys()
    assert shop.seeds() == {f'net (B) on {name}': [
        f'net (B) (seed {seed}) on {name}' for seed in (0, 1)]
        for name in 'AB'}
    notes = Table(shop.results(), shop.costs(), shop.seeds()).notes()
    assert 'net (B) on A, mean +- standard deviation over 2 seeds: IoU ' \
        '100.00 +- 0.00' in notes[2]
    config = written_config(jobs[2])
    assert config.test_dataloader.dataset.data_root == 'A'
    assert config.model.data_preprocessor.mean == [9.] * 3
    assert '| net (B) (seed 0) | 100.00 | 100.00 |' in cross_table(
        shop.results(), shop.cells)


def test_datasets_that_are_none(tmp_path):
    path = tmp_path / 'a.py'
    path.write_text('train_dataloader = dict()')
    with pytest.raises(InputError, match=r'a\.py: expected a config with val'):
        read_datasets([str(path)])
