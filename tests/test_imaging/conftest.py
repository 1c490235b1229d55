"""Pipelines in these tests are written as in configs."""
from helpers.split_dataset import _mmseg_scope  # noqa: F401 (a fixture)
