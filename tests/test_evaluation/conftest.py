"""Fixtures of these tests."""
from helpers.split_dataset import (  # noqa: F401 (fixtures)
    _mmseg_scope,
    config,
    masks,
)
