"""Saving checkpoints so that a kill at any moment leaves a run to resume."""
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
from ...utils.atomic_io import remove_partial_files
from ...utils.errors import InputError

_OUTDATED = 'outdated_ckpts'
_KEPT = 'keep_ckpt_ids'


@HOOKS.register_module()
class IRSTDCheckpointHook(CheckpointHook):
    """mmengine's CheckpointHook with another order of operations.

    Takes the same arguments, and writes the same files. Different are:

    - Files are replaced in one step (:class:`AtomicLocalBackend`, unless
      ``backend_args`` or a remote ``out_dir`` says otherwise).
    - A checkpoint, best ones included, is deleted only when a newer one that
      does not need it has been written completely. Until then there is one
      file more on the disk. What remains to be deleted is noted in the
      newer one, so that a run killed in between deletes it when resumed.
    - After a new best score the current checkpoint is saved again when the
      validation is over, not amid it: with the state of all hooks.
    - ``last_checkpoint`` is relative, so that work folders can be moved.
    - Resuming takes the newest checkpoint that can be read, with the script
      of mmseg as well. Deleted are only files in the folder that the resumed
      checkpoint is in, not in the one that it was once written to, and only
      names that this hook gives to files: what a checkpoint says need not be
      true.
    - Where the best checkpoint is missing, which the run has noted, the next
      score is the best one.

    Args:
        *args: See :class:`mmengine.hooks.CheckpointHook`.
        **kwargs: Likewise.

    Raises:
        InputError: If ``filename_tmpl`` writes numbers in other characters
            than digits, so that its files could not be told from others.
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
        """Find the checkpoint to resume from, if that is left open.

        Raises:
            InputError: If none of those that are there can be read, or if
                another process has found another one.
        """
        if runner._resume and runner._load_from is None:
            runner._load_from = find_checkpoint(runner.work_dir,
                                                runner.logger.warning)
            # All have looked then, before the first one deletes files.
            check_same_checkpoint(runner._load_from)
            runner._resume = runner._load_from is not None

    def before_train(self, runner: Runner) -> None:
        """Take over what the resumed run has kept, and clean up after it."""
        hub = runner.message_hub
        # The base class would delete by these, wherever they come from.
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
            if continued:  # the run may have ended before it was noted
                write_pointer(runner.work_dir, runner._load_from)
        self._remove_outdated(runner)

    def after_val(self, runner: Runner) -> None:
        """Save again after a new best score, which the state now has."""
        if not self._save_again:
            return
        self._save_again = False
        self._save_checkpoint_with_step(
            runner, runner.epoch if self.by_epoch else runner.iter,
            dict(epoch=runner.epoch, iter=runner.iter))

    def _save_best_checkpoint(self, runner: Runner, metrics: dict) -> None:
        """Save what is best so far; the files it replaces stay for now."""
        if not self.save_best:
            return
        # Not knowing of them, the base class neither deletes the files of
        # the best ones so far nor saves the last checkpoint again.
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
            # No checkpoint of the run names them yet, nor ever would.
            self._remove_outdated(runner)

    def _save_checkpoint_with_step(self, runner: Runner, step: int,
                                   meta: dict) -> None:
        """Save a checkpoint, note it as the last one, then delete others."""
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
        """Delete what the newest checkpoint on the disk does not need."""
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
        """Tell the next checkpoint what is kept and what is not."""
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
        """Return the steps of kept checkpoints; that of ``resumed`` is last.

        Whatever the list says, it is not the next one to be deleted.
        """
        each = dict.fromkeys(step for step in steps if type(step) is int)
        return sorted(each, key=lambda step:
                      self.filename_tmpl.format(step) == resumed)

    def _own(self, names: Iterable[Any], best: bool = False) -> list[str]:
        """Keep the names that this hook gives to its files, or best ones."""
        number = ''.join(
            re.escape(text) + '[0-9]+' * (field is not None)
            for text, field, *_ in string.Formatter().parse(
                self.filename_tmpl))
        pattern = rf'(best_[^/\\\0]*_){"" if best else "?"}{number}'
        return [name for name in names
                if isinstance(name, str) and re.fullmatch(pattern, name)]

    def _existing(self, path: Any, best: bool = False) -> str | None:
        """Return where a file that a checkpoint names is now, if it is."""
        name = osp.basename(path) if isinstance(path, str) else ''
        found = self._path(name)
        is_there = self._own([name], best) and self.file_backend.exists(found)
        return found if is_there else None

    def _path(self, path: str) -> str:
        """Return where a file of that name is now."""
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
    """Return a list of a checkpoint, empty where it is something else."""
    return value if isinstance(value, list) else []
