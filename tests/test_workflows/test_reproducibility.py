"""Equal runs give equal weights, to the bit."""
import hashlib

import pytest
import torch
from helpers.forked_ranks import on_ranks
from helpers.tiny_runner import build_tiny, train_alone


def weights(tiny, folder, launcher, seed, workers) -> str:
    """Train by two epochs; return a digest of weights and statistics."""
    runner = train_alone(build_tiny(
        tiny, folder, launcher, dict(seed=seed, deterministic=True), **{
            'train_dataloader.num_workers': workers,
            'train_dataloader.persistent_workers': workers > 0,
            'train_cfg.val_interval': 9,
            'default_hooks.checkpoint': None
        }))
    assert torch.are_deterministic_algorithms_enabled()
    assert not torch.is_deterministic_algorithms_warn_only_enabled()
    assert runner.seed == seed
    digest = hashlib.sha256()
    for name, value in runner.model.state_dict().items():
        digest.update(name.encode() + value.numpy().tobytes())
    return digest.hexdigest()


@pytest.fixture(scope='module')
def once(tiny, tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp('once')
    return on_ranks(1, weights, tiny, folder, 'none', 5, 0)[0]


def test_a_run_can_be_repeated_in_persistent_workers(tiny, tmp_path, once):
    assert on_ranks(1, weights, tiny, tmp_path, 'none', 5, 2) == [once]


def test_another_seed_is_another_run(tiny, tmp_path, once):
    assert on_ranks(1, weights, tiny, tmp_path, 'none', 6, 0) != [once]


def test_a_run_of_two_processes_can_be_repeated(tiny, tmp_path):
    first, second = (
        on_ranks(2, weights, tiny, tmp_path, 'pytorch', 5, workers)
        for workers in (0, 1))
    assert first == second
    assert first[0] == first[1]  # the processes agree
