"""A tiny network to measure, and settings of PyTorch put back afterwards."""

import pytest
import torch
from helpers.tiny_project import CONFIG, ROOT

from projects.dstransnet.profiling import Case


@pytest.fixture(autouse=True)
def _settings_of_torch():
    threads = torch.get_num_threads()
    precision = torch.get_float32_matmul_precision()
    # More would wait for each other where the tests share the machine.
    torch.set_num_threads(1)
    flags = torch.backends.cudnn.allow_tf32, torch.backends.cudnn.benchmark
    yield
    torch.set_num_threads(threads)
    torch.set_float32_matmul_precision(precision)
    torch.backends.cudnn.allow_tf32, torch.backends.cudnn.benchmark = flags


@pytest.fixture(scope='session')
def config(tmp_path_factory) -> str:
    """Path of the config of a tiny DSTransNet."""
    path = tmp_path_factory.mktemp('benchmarking') / 'tiny.py'
    base = ROOT / ('configs/dstransnet/'
                   'dstransnet-s_1xb4-adam-40e_sirst-256x256.py')
    path.write_text(CONFIG.format(base=base, data='none'))
    return str(path)


@pytest.fixture
def case(config) -> Case:
    """The tiny network at 32 x 32, two steps."""
    return Case(config, 32, 32, threads=1, warmup=1, repeats=2)
