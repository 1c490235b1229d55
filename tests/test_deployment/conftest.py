"""What the tests of deployment share lies beside them."""
import sys
from pathlib import Path

import pytest
from mmengine.registry import DefaultScope

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def _mmseg_scope():
    with DefaultScope.overwrite_default_scope('mmseg'):
        yield
