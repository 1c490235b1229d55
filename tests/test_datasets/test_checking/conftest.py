from pathlib import Path

import pytest
from helpers.small_benchmark import write_small_benchmark


@pytest.fixture
def root(tmp_path) -> Path:
    """A download in which nothing is wrong."""
    write_small_benchmark(tmp_path)
    return tmp_path
