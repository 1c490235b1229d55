"""What KeyedSampler gives to each of several processes."""
from types import SimpleNamespace
from unittest import mock

import pytest

from projects.dstransnet.datasets import KeyedSampler


class Keyed(list):
    """A list that remembers its random key."""

    def set_random_key(self, seed: int, epoch: int, part: int) -> None:
        self.key = seed, epoch, part


def batches(samples: int, world: int, batch: int, epoch: int = 3, **settings):
    """Return each rank's batches of indices, and its random key."""
    found = []
    for rank in range(world):
        data = Keyed(range(samples))
        with mock.patch('mmengine.dataset.sampler.get_dist_info',
                        return_value=(rank, world)):
            sampler = KeyedSampler(data, seed=7, **settings)
        sampler.set_epoch(epoch)
        order = list(sampler)
        found.append(SimpleNamespace(
            key=data.key,
            parts=[order[n:n + batch] for n in range(0, len(order), batch)]))
    return found


@pytest.mark.parametrize('world', [2, 4])
def test_ranks_share_each_batch_of_one_process(world):
    (one, ) = batches(24, 1, 8)
    ranks = batches(24, world, 8 // world)
    assert len(one.parts) == 3
    for number, whole in enumerate(one.parts):
        parts = [rank.parts[number] for rank in ranks]
        # In turn, so the order within the batch is kept as well.
        assert [index for turn in zip(*parts) for index in turn] == whole
    # The same key: each sample is augmented as it is in one process.
    assert {rank.key for rank in ranks} == {one.key} == {(7, 3, 0)}


def test_samples_that_do_not_divide_are_filled_up_from_the_start():
    (one, ) = batches(7, 1, 4)
    order = sum(one.parts, [])
    ranks = batches(7, 2, 2)
    shared = [sum(rank.parts, []) for rank in ranks]
    assert [index for turn in zip(*shared) for index in turn] == [
        *order, order[0]]
    # As in evaluation: none comes twice.
    ranks = batches(7, 2, 2, round_up=False)
    assert sorted(sum((sum(rank.parts, []) for rank in ranks), [])) == list(
        range(7))
