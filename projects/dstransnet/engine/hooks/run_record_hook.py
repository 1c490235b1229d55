"""Hook that records training runs and checks test data against them."""
from __future__ import annotations

import copy
import logging
import os.path as osp
import sys
import time
from collections.abc import Callable
from typing import Any

from mmengine.dist import get_world_size, is_main_process
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import BaseLoop, Runner
from mmseg.registry import DATASETS, HOOKS

from ...utils.config import leaf_settings
from ..provenance import (
    Fingerprint,
    append_run,
    changed_data,
    fingerprints,
    finish_run,
    git_state,
    hardware,
    named_data,
    training_images,
    versions,
)

_KEY = 'run_record'
_TIME = '%Y-%m-%dT%H:%M:%S%z'


@HOOKS.register_module()
class RunRecordHook(Hook):
    """Record a training run, and warn if test data have changed since.

    Training adds a run to ``run_record.json`` in the work folder: time,
    command, revision of this project, versions, hardware, seed, launcher,
    number of processes, the resolved config, and the fingerprints of the
    datasets (:class:`Fingerprint`). Every checkpoint has them in its ``meta``
    as ``run_record``, except for command and config.

    Before a test, warnings list changes of the test data since training, and
    test images that were in the training set. They are kept in
    :attr:`warnings`.

    If a dataset has no fingerprint, a warning says so, and the run goes on.

    Args:
        contents (bool): Whether to read and hash all files. Otherwise, only
            names and sizes count, and test images among the training images
            are not found. The first process hashes while the others wait in
            the first step, which NCCL allows for 10 minutes: turn it off if
            reading all files takes longer. Defaults to True.
        filename (str): Name of the record in the work folder. Defaults to
            'run_record.json'.
    """

    def __init__(self,
                 contents: bool = True,
                 filename: str = 'run_record.json') -> None:
        self.contents = contents
        self.filename = filename
        self.warnings: list[str] = []
        self._record: dict[str, Any] = {}
        self._loaded: dict[str, Any] = {}

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Keep the record of training in the checkpoint."""
        self._loaded = checkpoint.get('meta', {}).get(_KEY) or {}

    def before_train(self, runner: Runner) -> None:
        """Record the start of a run."""
        if not is_main_process():
            return
        start = time.perf_counter()
        data = self._training_data(runner)
        seconds = time.perf_counter() - start
        run = dict(
            started=time.strftime(_TIME),
            code=git_state(__file__),
            versions=versions(),
            hardware=hardware(),
            # A FlexibleRunner lacks some of them.
            **{name: getattr(runner, name, None)
               for name in ('seed', 'deterministic', 'launcher')},
            processes=get_world_size(),
            resumed_from=runner._load_from if runner._resume else None,
            first_iteration=runner.iter)
        append_run(
            self._path(runner),
            {**run, 'command': sys.argv, 'config': runner.cfg.to_dict()},
            data)
        digests, sets = named_data(data)
        self._record = {**run, 'data': digests, 'data_sets': sets}
        found = [each for group in data.values() for each in group]
        print_log(
            f'RunRecordHook: {sum(each.samples for each in found)} samples '
            f'({sum(each.size for each in found) / 1e6:.1f} MB) took '
            f'{seconds:.2f} s; the run is recorded in {self._path(runner)}',
            logger='current')

    def after_train(self, runner: Runner) -> None:
        """Record the end of the run."""
        if is_main_process():
            finish_run(self._path(runner), self._record['started'], dict(
                finished=time.strftime(_TIME), last_iteration=runner.iter))

    def before_save_checkpoint(self, runner: Runner,
                               checkpoint: dict) -> None:
        """Add the record to a checkpoint."""
        if self._record:
            checkpoint['meta'][_KEY] = self._record

    def before_test(self, runner: Runner) -> None:
        """Compare the test data with those of the checkpoint."""
        self.warnings = []
        if not self._loaded or not is_main_process():
            return
        try:
            self.warnings = self._compare(
                runner.test_loop.dataloader.dataset)
        # Neither an odd record nor a third-party dataset may stop a test.
        except Exception as error:
            self.warnings = ['The record of training in the checkpoint '
                             f'cannot be compared with the data: {error!r}']
        for line in self.warnings:
            print_log(line, logger='current', level=logging.WARNING)

    def _compare(self, dataset: Any) -> list[str]:
        """Return the warnings before a test on a dataset."""
        sets = {digest: Fingerprint.from_dict(each)
                for digest, each in self._loaded.get('data_sets', {}).items()}
        if not sets:
            return []
        splits = self._loaded['data']
        present = fingerprints(
            dataset, contents=all(each.contents for each in sets.values()))
        trained = [sets[digest] for digest in splits.get('train', ())]
        return [*changed_data(list(sets.values()), present),
                *training_images(trained, present)]

    def _path(self, runner: Runner) -> str:
        return osp.join(runner.work_dir, self.filename)

    def _training_data(self, runner: Runner) -> dict[str, list[Fingerprint]]:
        """Return the fingerprints of the datasets of each split."""
        data: dict[str, list[Fingerprint]] = {}
        self._add(data, 'train', lambda: runner.train_loop.dataloader.dataset)
        validation = runner._val_loop
        if isinstance(validation, BaseLoop):
            self._add(data, 'val', lambda: validation.dataloader.dataset)
        test = runner.cfg.get('test_dataloader')
        if test is None:
            return data
        if 'val' in data and test == runner.cfg.get('val_dataloader'):
            data['test'] = data['val']
        else:
            self._add(data, 'test', lambda: _listing(test.dataset))
        return data

    def _add(self, data: dict[str, list[Fingerprint]], split: str,
             dataset: Callable[[], Any]) -> None:
        """Add the fingerprints of a split, or warn that there are none."""
        try:
            data[split] = fingerprints(dataset(), self.contents)
        # A third-party dataset may raise anything, and the test data may be
        # missing. Training does not need the record.
        except Exception as error:
            print_log(
                f'RunRecordHook: the {split} data are not in the record of '
                f'this run: {error!r}', logger='current',
                level=logging.WARNING)


def _listing(settings: Any) -> Any:
    """Build a dataset that only lists its samples."""
    settings = copy.deepcopy(settings)
    for part in leaf_settings(settings):
        part.pipeline = []
        for key in ('cache', 'cache_limit'):
            part.pop(key, None)
    return DATASETS.build(settings)
