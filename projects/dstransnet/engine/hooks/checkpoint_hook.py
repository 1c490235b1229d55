"""Checkpoint hook whose runs can be resumed after a kill at any time."""
from __future__ import annotations

import os.path as osp
import re
import string
from collections import deque
from collections.abc import Iterable
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner
from mmseg.registry import HOOKS

from ...checkpoint.resume import (
    check_same_checkpoint,
    find_checkpoint,
    write_pointer,
)
from ...evaluation import check_save_best
from ...utils.atomic_io import remove_partial_files
from ...utils.errors import InputError

_OUTDATED = 'outdated_ckpts'
_KEPT = 'keep_ckpt_ids'


@HOOKS.register_module()
class IRSTDCheckpointHook(CheckpointHook):
    """mmengine's CheckpointHook with a safe order of operations.

    It takes the same arguments and writes the same files. Differences:

    - Files are replaced atomically (:class:`AtomicLocalBackend`, unless
      ``backend_args`` or a remote ``out_dir`` says otherwise).
    - A checkpoint, also a best one, is deleted only after a newer one has
      been written completely. Until then, there is one more file on the disk.
      The newer checkpoint lists the files to delete, so that a resumed run
      deletes them after a kill.
    - After a new best score, the current checkpoint is saved again at the
      end of the validation, with the state of all hooks.
    - ``last_checkpoint`` is a relative path, so that work folders can move.
    - Resuming takes the newest readable checkpoint, also with mmseg's script.
      Checkpoints are not trusted about the files to delete: the hook only
      deletes files that it names, in the folder of the resumed checkpoint.
    - If the recorded best checkpoint is missing, the next score is the best.

    Raises:
        InputError: If ``filename_tmpl`` does not write numbers in digits,
            since its files could not be told from others.
    """

    backend_args: dict | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [self.filename_tmpl.format(step) for step in (1, 1234)]
        if self._own(names) != names:
            raise InputError(
                'filename_tmpl: expected one whose numbers are written in '
                f'digits, got {self.filename_tmpl!r}, which makes {names}')
        remote = '://' in str(self.out_dir)
        if self.backend_args is None and self.file_client_args is None \
                and not remote:
            self.backend_args = dict(backend='atomic_local')
        self._outdated: list[str] = []
        self._save_again = False

    def before_run(self, runner: Runner) -> None:
        """Find the checkpoint to resume from, if none is given.

        Raises:
            InputError: If no checkpoint can be read, or if another process
                has found another one.
        """
        if runner._resume and runner._load_from is None:
            runner._load_from = find_checkpoint(runner.work_dir,
                                                runner.logger.warning)
            # Also lets all processes look before the first deletes files.
            check_same_checkpoint(runner._load_from)
            runner._resume = runner._load_from is not None

    def before_train(self, runner: Runner) -> None:
        """Take over the files of the resumed run, and clean up after it."""
        evaluator = getattr(runner.val_loop, 'evaluator', None)
        if self.save_best and evaluator is not None:
            check_save_best(self.save_best, evaluator.metrics)
        hub = runner.message_hub
        # The base class would delete these files, whatever the folder.
        kept = hub.pop_info(_KEPT, [])
        super().before_train(runner)
        continued = self._resumed_here(runner)
        outdated = hub.pop_info(_OUTDATED, [])
        if not continued:
            kept, outdated = [], []
            self._set_best(dict.fromkeys(self._best()))
        self._set_best({
            key: self._existing(path, best=True)
            for key, path in self._best().items()
        })
        for key, path in self._best().items():
            hub.update_info(f'best_ckpt_{key}'.rstrip('_'), path)
            if path is None:  # nothing to compare with
                hub.pop_info(f'best_score_{key}'.rstrip('_'), None)
        self.keep_ckpt_ids = deque(self._oldest_first(
            _items(kept), osp.basename(runner._load_from or '')))
        needed = {osp.basename(path)
                  for path in (runner._load_from, *self._best().values())
                  if path}
        self._outdated = [
            name for name in self._own(_items(outdated)) if name not in needed
        ]
        if runner._resume:
            self.last_ckpt = self._existing(hub.get_info('last_ckpt', None))
        if is_main_process():
            for folder in {runner.work_dir, str(self.out_dir)}:
                remove_partial_files(folder)
            if continued:  # the run may have ended before writing it
                write_pointer(runner.work_dir, runner._load_from)
        self._remove_outdated(runner)

    def after_val(self, runner: Runner) -> None:
        """Save again after a new best score, with the state of all hooks."""
        if not self._save_again:
            return
        self._save_again = False
        self._save_checkpoint_with_step(
            runner, runner.epoch if self.by_epoch else runner.iter,
            dict(epoch=runner.epoch, iter=runner.iter))

    def _save_best_checkpoint(self, runner: Runner, metrics: dict) -> None:
        """Save a best checkpoint; the files it replaces stay for now."""
        if not self.save_best:
            return
        # Hidden from the base class, which would delete the former best
        # files and save the last checkpoint again.
        before, last = self._best(), self.last_ckpt
        self._set_best(dict.fromkeys(before))
        self.last_ckpt = None
        super()._save_best_checkpoint(runner, metrics)
        self.last_ckpt = last
        after = self._best()
        self._set_best({key: after[key] or before[key] for key in after})
        self._save_again = last is not None and any(after.values())
        self._outdated += [
            osp.basename(path) for path in before.values()
            if path and path not in self._best().values()
        ]
        if last is None and not runner._resume:
            # No checkpoint of the run will ever list them.
            self._remove_outdated(runner)

    def _save_checkpoint_with_step(self, runner: Runner, step: int,
                                   meta: dict) -> None:
        """Save a checkpoint, record it as the last one, then delete others."""
        if self.max_keep_ckpts > 0 and step not in self.keep_ckpt_ids:
            self.keep_ckpt_ids.append(step)
        filename = self.filename_tmpl.format(step)
        self.last_ckpt = self.file_backend.join_path(self.out_dir, filename)
        runner.message_hub.update_info('last_ckpt', self.last_ckpt)
        self._note_files(runner)
        runner.save_checkpoint(
            self.out_dir,
            filename,
            self.file_client_args,
            save_optimizer=self.save_optimizer,
            save_param_scheduler=self.save_param_scheduler,
            meta=meta,
            by_epoch=self.by_epoch,
            backend_args=self.backend_args,
            **self.args)
        if is_main_process():
            write_pointer(runner.work_dir, str(self.last_ckpt))
        self._remove_outdated(runner)

    def _remove_outdated(self, runner: Runner) -> None:
        """Delete files that the newest checkpoint does not need."""
        while 0 < self.max_keep_ckpts < len(self.keep_ckpt_ids):
            step = self.keep_ckpt_ids.popleft()
            self._outdated.append(self.filename_tmpl.format(step))
        for name in self._own(self._outdated) if is_main_process() else ():
            path = self._path(name)
            if self.file_backend.isfile(path):
                self.file_backend.remove(path)
            elif self.file_backend.isdir(path):  # sharded training
                self.file_backend.rmtree(path)
        self._outdated = []
        self._note_files(runner)

    def _note_files(self, runner: Runner) -> None:
        """List kept and outdated files in the next checkpoint."""
        runner.message_hub.update_info(_KEPT, list(self.keep_ckpt_ids))
        runner.message_hub.update_info(_OUTDATED, list(self._outdated))

    def _resumed_here(self, runner: Runner) -> bool:
        """Return whether the run continues one in the same folder."""
        if not runner._resume or runner._load_from is None:
            return False
        folder = osp.dirname(runner._load_from)
        if '://' in folder:
            return folder == str(self.out_dir).rstrip('/')
        return osp.realpath(folder) == osp.realpath(self.out_dir)

    def _oldest_first(self, steps: Iterable[Any], resumed: str) -> list[int]:
        """Return the steps of kept checkpoints, that of ``resumed`` last.

        The resumed checkpoint must not be deleted next.
        """
        each = dict.fromkeys(step for step in steps if type(step) is int)
        return sorted(each, key=lambda step:
                      self.filename_tmpl.format(step) == resumed)

    def _own(self, names: Iterable[Any], best: bool = False) -> list[str]:
        """Filter names that this hook gives to its files, or best files."""
        number = ''.join(
            re.escape(text) + '[0-9]+' * (field is not None)
            for text, field, *_ in string.Formatter().parse(
                self.filename_tmpl))
        pattern = rf'(best_[^/\\\0]*_){"" if best else "?"}{number}'
        return [name for name in names
                if isinstance(name, str) and re.fullmatch(pattern, name)]

    def _existing(self, path: Any, best: bool = False) -> str | None:
        """Return the present path of a file of a checkpoint, if it exists."""
        name = osp.basename(path) if isinstance(path, str) else ''
        found = self._path(name)
        is_there = self._own([name], best) and self.file_backend.exists(found)
        return found if is_there else None

    def _path(self, path: str) -> str:
        """Return the present path of a file."""
        return self.file_backend.join_path(self.out_dir, osp.basename(path))

    def _best(self) -> dict[str, Any]:
        """Return the path of the best checkpoint, or None, by metric."""
        if not self.save_best:
            return {}
        if len(self.key_indicators) == 1:
            return {'': self.best_ckpt_path}  # its name may change, 'auto'
        return dict(self.best_ckpt_path_dict)

    def _set_best(self, paths: dict[str, Any]) -> None:
        if '' in paths:
            self.best_ckpt_path = paths['']
        elif paths:
            self.best_ckpt_path_dict = paths


def _items(value: Any) -> list:
    """Return a list from a checkpoint, or [] for another type."""
    return value if isinstance(value, list) else []
