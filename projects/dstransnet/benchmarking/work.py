"""Measurement, training and test of the models of a comparison."""
from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ..cli import read_config
from ..evaluation import EvaluationResult
from ..profiling import Case, measure_all
from ..utils.atomic_io import AtomicLocalBackend
from ..utils.config import input_size, leaf_settings, split_settings
from ..utils.errors import InputError
from ..utils.reading import file_digest
from .jobs import Job, run_tool
from .models import (
    Budget,
    Model,
    config_digest,
    is_classical,
    tested_on,
)


@dataclass
class _Run:
    """A row of the table.

    Attributes:
        group (str): Name without the seed, for several seeds.
        cost (Path): File of the measurement.
        result (Path, optional): File of the test. Defaults to None.
        facts (dict): Settings to show with the result. Defaults to none.
    """
    group: str
    cost: Path
    result: Path | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass
class Workshop:
    """The jobs of a comparison and the results that they leave.

    Files are named by digests of the settings, the weights and the budget
    that they result from, so changed ones are not mistaken for done.

    Attributes:
        folder (Path): For everything that the jobs write.
        tools (Path): Folder of train.py and test.py.
        case (Case): Settings of the measurement, for every model; height and
            width 0 stand for the size of the only dataset, or of each config.
        budget (Budget, optional): Of the trainings; None for no training.
            Defaults to None.
        bootstrap (int): Draws of confidence intervals. Defaults to 1000.
        save_scores (bool): Whether tests save score maps. Defaults to False.
        datasets (dict[str, Config]): Datasets to test on by name; empty for
            that of each config. Defaults to none.
        cells (dict[str, dict[str, str]]): The run of each model and dataset;
            filled by :meth:`jobs`.
    """
    folder: Path
    tools: Path
    case: Case
    budget: Budget | None = None
    bootstrap: int = 1000
    save_scores: bool = False
    datasets: dict[str, Config] = field(default_factory=dict)
    cells: dict[str, dict[str, str]] = field(default_factory=dict)
    _runs: dict[str, _Run] = field(default_factory=dict)

    def jobs(self, model: Model) -> list[Job]:
        """Return the jobs of a model: cost, trainings, tests.

        Raises:
            InputError: If its config cannot be read, or its training has no
                epochs to limit.
        """
        cfg = read_config(model.config)
        trained = model.checkpoint is None and not is_classical(cfg)
        if trained and self.budget is not None:
            cfg = self.budget.apply(cfg)
        cost = self._cost_job(model, cfg)
        if is_classical(cfg):
            return [cost, *self._test_jobs(
                model, cfg, '', cost, lambda: None, '',
                weights='none, nothing to train')]
        if model.checkpoint is not None:
            given = Path(model.checkpoint)
            return [cost, *self._test_jobs(
                model, cfg, '', cost, lambda: given,
                file_digest(model.checkpoint),
                weights=f'given ({given.name})')]
        if self.budget is None:
            self._runs[model.name] = _Run(model.name, cost.file)
            return [cost]
        return [cost, *(job for seed in range(self.budget.seeds) for job in
                        self._training_jobs(model, cfg, seed, cost))]

    def results(self) -> dict[str, EvaluationResult]:
        """Return the results of the tests that are done, by run."""
        found = {}
        for name, folder in self.result_folders().items():
            found[name] = EvaluationResult.read(str(folder))
            found[name].settings.update(self._runs[name].facts)
        return found

    def result_folders(self) -> dict[str, Path]:
        """Return the folders of the tests that are done, by run."""
        return {name: run.result.parent for name, run in self._runs.items()
                if run.result is not None and run.result.exists()}

    def costs(self) -> dict[str, dict[str, Any]]:
        """Return the measurements that are done, by run.

        The runs of a model share one.
        """
        return {
            name: json.loads(run.cost.read_text())
            for name, run in self._runs.items() if run.cost.exists()
        }

    def seeds(self) -> dict[str, list[str]]:
        """Return the runs that differ by their seeds alone."""
        groups: dict[str, list[str]] = {}
        for name, run in self._runs.items():
            groups.setdefault(run.group, []).append(name)
        return {group: names for group, names in groups.items()
                if len(names) > 1}

    def _cost_job(self, model: Model, cfg: Config) -> Job:
        tested = [tested_on(cfg, each) for each in self.datasets.values()]
        height, width = input_size(tested[0] if len(tested) == 1 else cfg)
        case = dataclasses.replace(
            self.case, config=model.config,
            height=self.case.height or height, width=self.case.width or width)
        settings = dataclasses.replace(case, config='')
        digest = config_digest(cfg, settings, 'with options')
        file = self._place(model, f'cost-{digest}.json')

        def work() -> None:
            # With the options of the training, unlike the model's own file.
            written = _written(cfg, file.with_suffix(''), model)
            measure_cost(cfg, dataclasses.replace(case, config=str(written)),
                         file)

        return Job(model.name, 'cost', file, work)

    def _training_jobs(self, model: Model, cfg: Config, seed: int,
                       cost: Job) -> list[Job]:
        assert self.budget is not None
        limit = cfg.get('train_cfg', {}).get('max_epochs')
        if limit is None:
            raise InputError(f'{model.config}: expected train_cfg.max_epochs, '
                             f'got {cfg.get("train_cfg")}')
        epochs, minutes = self.budget.epochs or limit, self.budget.minutes
        digest = config_digest(
            cfg, epochs, seed, minutes, *['amp'] * self.budget.amp)
        folder = self._place(model, f'train-{digest}')
        done = folder / 'last_weights.txt'
        weights = f'last epoch of {epochs}'
        amp = ['--amp'] * self.budget.amp
        if minutes is not None:
            cfg = copy.deepcopy(cfg)
            cfg.custom_hooks = [
                *(cfg.get('custom_hooks') or ()),
                dict(type='TimeLimitHook', minutes=minutes)]
            weights += f', at most {minutes:g} minutes'
        if self.budget.schedule is not None:
            weights += f', {Path(self.budget.schedule).stem}'
        if self.budget.amp:
            weights += ', mixed precision'
        if self.budget.options:
            weights += ''.join(f', {key}={value}' for key, value in
                               self.budget.options.items())

        def work() -> None:
            run_tool(
                self.tools / 'train.py', _written(cfg, folder, model),
                '--work-dir', folder, '--resume', '--seed', seed, *amp,
                '--cfg-options', f'train_cfg.max_epochs={epochs}',
                log=folder / 'output.log')
            last = sorted(folder.glob('epoch_*.pth'), key=lambda path: int(
                path.stem.removeprefix('epoch_')))
            if not last:
                raise InputError(f'no weights in {folder}: the config saves '
                                 'others')
            AtomicLocalBackend(flush=False).put_text(last[-1].name, done)

        suffix = f' (seed {seed})' if self.budget.seeds > 1 else ''
        train = Job(model.name + suffix, 'train', done, work)
        return [train, *self._test_jobs(
            model, cfg, suffix, cost, lambda: folder / done.read_text(),
            digest, weights=weights, seeds=self.budget.seeds)]

    def _test_jobs(self, model: Model, cfg: Config, seed: str, cost: Job,
                   checkpoint: Callable[[], Path | None], digest: str,
                   **facts: Any) -> list[Job]:
        """Return the tests of a run, one for each dataset."""
        places = {'': cfg} if not self.datasets else {
            f' on {name}' if len(self.datasets) > 1 else '':
            tested_on(cfg, dataset)
            for name, dataset in self.datasets.items()}
        jobs = []
        for place, tested in places.items():
            run = model.name + seed + place
            jobs.append(
                self._test_job(model, tested, run, checkpoint, digest))
            self._runs[run] = _Run(
                model.name + place, cost.file, jobs[-1].file, dict(
                    facts, split=split_name(tested),
                    input_size='{} x {}'.format(*input_size(tested))))
        if self.datasets:
            self.cells[model.name + seed] = {
                name: job.model for name, job in zip(self.datasets, jobs)}
        return jobs

    def _test_job(self, model: Model, cfg: Config, run: str,
                  checkpoint: Callable[[], Path | None], digest: str) -> Job:
        digest = config_digest(cfg, digest, self.bootstrap,
                               *['scores'] * self.save_scores)
        folder = self._place(model, f'test-{digest}')

        def work() -> None:
            try:
                weights = checkpoint()
            except FileNotFoundError as error:
                raise InputError('no weights: the training failed') from error
            run_tool(self.tools / 'test.py', _written(cfg, folder, model),
                     *([] if weights is None else [weights]),
                     '--work-dir', folder / 'log', '--out', folder,
                     '--bootstrap', self.bootstrap,
                     *['--save-scores'] * self.save_scores,
                     log=folder / 'output.log')

        return Job(run, 'test', folder / 'result.json', work)

    def _place(self, model: Model, name: str) -> Path:
        return self.folder / 'models' / model.name / name


def _written(cfg: Config, folder: Path, model: Model) -> Path:
    """Write a config into a folder, by its model's name; return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f'{Path(model.config).stem}.py'
    cfg.dump(file)
    return file


def measure_cost(cfg: Config, case: Case, file: Path) -> None:
    """Measure a network and write the result as JSON.

    Args:
        cfg (Config): Config of the case.
        case (Case): What to measure.
        file (Path): File to write.

    Raises:
        InputError: If it does not fit the memory, or the case the network.
    """
    (result, ) = measure_all(cfg, [case], lambda results: None)
    if result.measurement is None:
        raise InputError(f'{case}: {result.problem}')
    AtomicLocalBackend(flush=False).put_text(
        json.dumps(result.as_dict(), indent=1) + '\n', file)


def split_name(cfg: Config) -> str:
    """Return dataset and split file of the test data of a config.

    Examples:
        >>> split_name(Config(dict(test_dataloader=dict(
        ...     dataset=dict(type='SIRSTDataset', ann_file='test.txt')))))
        'test of SIRSTDataset test.txt'
    """
    return 'test of ' + ' + '.join(
        ' '.join(filter(None, (each.type, each.get('ann_file'))))
        for each in leaf_settings(split_settings(cfg, 'test')))
