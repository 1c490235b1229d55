"""Cache of decoded images and masks."""
from __future__ import annotations

import logging
import os
import weakref
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

import numpy as np
from mmengine.dataset import BaseDataset, Compose
from mmengine.logging import print_log

from ...imaging.eight_bit_loading import LoadImageFromFile
from ...utils.errors import InputError
from ...utils.memory import available_memory
from ..transforms import LoadInfraredImage, LoadIRSTDMask
from .shared_store import SharedStore

# Exactly these: a subclass may draw at random.
_LOADERS = (LoadImageFromFile, LoadInfraredImage, LoadIRSTDMask)
_GIB = 2**30
_TRIED = 32  # samples that tell how much memory all of them take

# Of this process, with the bytes that each is going to take.
_stores: weakref.WeakKeyDictionary[SharedStore, int] = (
    weakref.WeakKeyDictionary())


def _files(info: dict) -> tuple[str | None, str | None]:
    return info.get('img_path'), info.get('seg_map_path')


def _memory() -> int | None:
    """Return the bytes that are left for another cache of this process."""
    free = available_memory()
    if free is None:
        return None
    planned = sum(
        max(size - store.nbytes, 0) for store, size in _stores.items())
    # torchrun says how many processes, each with its caches, share a machine.
    return (free - planned) // int(os.environ.get('LOCAL_WORLD_SIZE', '1'))


class CachedLoadingMixin(BaseDataset):
    """Keeps the results of the loading steps in shared memory.

    These are the steps at its beginning that are ``LoadImageFromFile``,
    ``LoadInfraredImage`` or ``LoadIRSTDMask``; what follows gets copies, as
    if just loaded. Samples come into memory when they are first asked for,
    by whichever process is asked; workers that are forked or spawned share
    it, also with those of later epochs. A test pipeline that resizes before
    it loads the mask keeps the image alone.

    Where other steps stand at the beginning of ``pipeline`` later on, the
    samples are loaded from their files. Files that change are not noticed.

    Comes before another :class:`mmengine.dataset.BaseDataset` in a list of
    bases, which sets ``cache`` and ``cache_limit`` by :meth:`set_cache`
    before it calls theirs.
    """

    cache: str | None = None
    cache_limit: float | None = None
    _store: SharedStore | None = None
    _expected = 0
    _steps: Sequence[Callable] = ()

    def set_cache(self, cache: str | None, limit: float | None) -> None:
        """Choose the cache, before the dataset is initialised.

        Args:
            cache (str, optional): 'ram', or None for nothing.
            limit (float, optional): Most memory in GiB, None for all that is
                free.

        Raises:
            InputError: If they are none of these.
        """
        if cache not in (None, 'ram'):
            raise InputError(f"cache: expected None or 'ram', got {cache!r}")
        if limit is not None:
            if (not isinstance(limit, Real) or isinstance(limit, bool)
                    or not 0 < limit < float('inf')):
                raise InputError('cache_limit: expected a number of GiB '
                                 f'above 0, got {limit!r}')
            if cache is None:
                raise InputError("cache_limit: expected cache='ram' with it")
        self.cache, self.cache_limit = cache, limit

    def full_init(self) -> None:
        """List the samples, and open the cache."""
        fresh = not self._fully_initialized
        super().full_init()
        if fresh and self.cache is not None:
            self._open_cache()

    def _open_cache(self) -> None:
        """Make the memory that :meth:`prepare_data` fills."""
        kind = type(self).__name__
        steps = []
        for step in self.pipeline.transforms:
            if type(step) not in _LOADERS:
                break
            steps.append(step)
        if not steps:
            raise InputError(
                f'{kind}: cache: expected a pipeline that begins with '
                f'{", ".join(loader.__name__ for loader in _LOADERS)}')
        files = (
            _files(self.get_data_info(index)) for index in range(len(self)))
        slots = {name: slot for slot, name in enumerate(dict.fromkeys(files))}
        capacity = self._plan(Compose(steps))
        self._slots, self._steps = slots, steps
        self._store = SharedStore(len(slots), capacity)
        _stores[self._store] = min(self._expected, capacity)

    def _plan(self, load: Compose) -> int:
        """Return the bytes that the cache may take, and log its demand."""
        kind, count = type(self).__name__, len(self)
        tried = np.linspace(0, count - 1, min(count, _TRIED), dtype=int)
        loaded = (load(self.get_data_info(int(index))) for index in tried)
        nbytes = sum(value.nbytes for results in loaded
                     for value in (results or {}).values()
                     if isinstance(value, np.ndarray))
        self._expected = round(nbytes / len(tried) * count)
        text = (f'about {self._expected / _GIB:.3g} GiB for the decoded '
                f'images and masks of {count} samples')
        free = _memory()
        if self.cache_limit is not None:
            capacity = int(self.cache_limit * _GIB)
            needed = min(self._expected, capacity)
        elif free is not None:
            capacity, needed = max(free, 0), self._expected
        else:
            raise InputError(f'{kind}: cache_limit: has to be stated where '
                             'the system does not tell its free memory')
        if free is not None and needed > free:
            raise InputError(
                f"{kind}: cache='ram' needs {text}, and {free / _GIB:.3g} GiB "
                'are free for it; leave cache out, or set cache_limit (GiB) '
                'to keep a part of them')
        print_log(f"{kind}: cache='ram' needs {text}", logger='current')
        if self._expected > capacity:
            print_log(
                f'{kind}: cache_limit={self.cache_limit} holds a part of '
                'them; the others are loaded every time',
                logger='current',
                level=logging.WARNING)
        return capacity

    @property
    def cached_steps(self) -> tuple[Callable, ...]:
        """Steps of the pipeline whose results come from the cache."""
        return tuple(self._steps)

    @property
    def cache_nbytes(self) -> int:
        """Bytes that the cache takes now, in all processes together."""
        return 0 if self._store is None else self._store.nbytes

    def _load(self, store: SharedStore, idx: int) -> dict | None:
        """Return a sample after its loading steps."""
        info = self.get_data_info(idx)
        slot = self._slots.get(_files(info))
        found = None if slot is None else store.get(slot)
        if found is not None:
            return {**info, **found}
        results = Compose(self._steps)(info)
        if results is not None and slot is not None:
            # A subset counts its samples anew.
            kept = {key: value for key, value in results.items()
                    if key != 'sample_idx'}
            if not store.put(slot, kept):
                print_log(
                    f"{type(self).__name__}: cache='ram' is full with "
                    f'{len(store)} of {len(self._slots)} samples; the '
                    'others are loaded every time',
                    logger='current',
                    level=logging.WARNING)
        return results

    def prepare_data(self, idx: int) -> Any:
        """Run the pipeline on sample ``idx``, its loading from the cache."""
        store, transforms = self._store, self.pipeline.transforms
        known = len(self._steps)
        # The very same steps, lest a pipeline that was exchanged be ignored.
        if store is None or transforms[:known] != self._steps:
            return super().prepare_data(idx)
        results = self._load(store, idx)
        if results is None:
            return None
        return Compose(transforms[known:])(results)
