"""Random state that depends on the sample, not on the worker.

The framework seeds every data-loading worker once, so what a sample looks
like depends on how many workers there are and on what each has drawn before;
workers that are started anew each epoch even repeat one stream. Here every
random transform, built-in ones included, runs under a state keyed by (seed,
epoch, index of the sample, number of the dataset among those that are
joined). The key travels to the workers, persistent ones too, through shared
memory that the sampler writes. Nothing of it depends on where the files are,
so a run can be resumed, or repeated, on another machine.
"""
from __future__ import annotations

import contextlib
import logging
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from mmengine.dataset import BaseDataset, DefaultSampler
from mmengine.logging import print_log
from mmseg.registry import DATA_SAMPLERS

from ..utils.config import leaf_datasets


@contextlib.contextmanager
def keyed_random_state(*key: int) -> Iterator[None]:
    """Draw from a state that ``key`` determines; restore the old one after.

    Covers Python's ``random``, NumPy's legacy global state and torch's CPU
    generator.

    Args:
        *key (int): Non-negative integers.

    Examples:
        >>> with keyed_random_state(0, 1):
        ...     first = np.random.rand()
        >>> with keyed_random_state(0, 1):
        ...     first == np.random.rand()
        True
    """
    words = np.random.SeedSequence(key).generate_state(4)
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    random.seed(int(words[0]))
    np.random.seed(words)
    torch.default_generator.manual_seed(int(words[1]))
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])


class KeyedRandomMixin(BaseDataset):
    """Gives a dataset a random state keyed by (seed, epoch, index, part).

    Comes before another :class:`mmengine.dataset.BaseDataset` in a list of
    bases. Until :meth:`set_random_key` is called, usually by
    :class:`KeyedSampler`, the pipeline draws from the global state.
    """

    _key: torch.Tensor | None = None

    def set_random_key(self, seed: int, epoch: int, part: int = 0) -> None:
        """Set the key of all samples from now on, in every worker.

        Args:
            seed (int): Seed of the run, non-negative.
            epoch (int): Epoch, non-negative.
            part (int): Number of this dataset among those that are joined,
                non-negative. Defaults to 0, also that of one on its own.
        """
        if self._key is None or not self._key.is_shared():  # a deep copy
            self._key = torch.zeros(3, dtype=torch.int64).share_memory_()
        self._key[0], self._key[1], self._key[2] = seed, epoch, part

    def prepare_data(self, idx: int) -> Any:
        """Run the pipeline on sample ``idx`` under its own random state."""
        if self._key is None:
            return super().prepare_data(idx)
        seed, epoch, part = self._key.tolist()
        # Last, as a zero there leaves the state as it is without: a dataset
        # on its own draws what it drew before parts were told apart.
        with keyed_random_state(seed, epoch, idx, part):
            return super().prepare_data(idx)


@DATA_SAMPLERS.register_module()
class KeyedSampler(DefaultSampler):
    """DefaultSampler that hands (seed, epoch) to the dataset's random state.

    Works through wrappers such as ConcatDataset, whose parts are numbered in
    their order: samples of equal index in two of them draw differently.
    One dataset object that comes twice, as in RepeatDataset, has one number,
    so its repeats within an epoch are alike, which is logged as a warning.
    mmengine calls :meth:`set_epoch` before every epoch.

    Args:
        dataset (Sized): The dataset; leaves without ``set_random_key`` are
            left to the framework's random state.
        shuffle (bool): Whether to shuffle. Defaults to True.
        seed (int, optional): Seed of order and transforms, the same on all
            ranks. Defaults to None, one drawn and shared by all ranks.
        round_up (bool): See :class:`mmengine.dataset.DefaultSampler`.
            Defaults to True.
    """

    def __init__(self, dataset: Any, shuffle: bool = True,
                 seed: int | None = None, round_up: bool = True) -> None:
        super().__init__(dataset, shuffle, seed, round_up)
        self._repeated = 0
        leaves = {id(leaf): leaf for leaf in leaf_datasets(dataset)}
        if len(dataset) > sum(map(len, leaves.values())) and any(
                hasattr(leaf, 'set_random_key') for leaf in leaves.values()):
            print_log(
                'KeyedSampler: a dataset is repeated within an epoch, and '
                'each image comes with the same random transforms every '
                'time; more epochs in place of the repeats vary them',
                logger='current', level=logging.WARNING)
        self.set_epoch(0)

    def avoid_single(self, batch_size: int) -> None:
        """Repeat the first image of an epoch where the last would be alone.

        The number of batches stays as it is.

        Args:
            batch_size (int): Images in a batch of this process.
        """
        self._repeated = int(batch_size > 1 and self.num_samples > 1
                             and self.num_samples % batch_size == 1)

    def __iter__(self) -> Iterator[int]:
        indices = list(super().__iter__())
        return iter(indices + indices[:self._repeated])

    def __len__(self) -> int:
        return super().__len__() + self._repeated

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the order and of the random transforms."""
        super().set_epoch(epoch)
        keyed = (leaf for leaf in leaf_datasets(self.dataset)
                 if hasattr(leaf, 'set_random_key'))
        for part, leaf in enumerate(keyed):
            leaf.set_random_key(self.seed, epoch, part)
