"""tools/studies/benchmark_scaling.py."""
import argparse
import os
import runpy
import sys

import pytest
from helpers.forked_ranks import on_ranks
from helpers.tiny_project import ROOT, call_tool, error_of
from helpers.tiny_runner import build_tiny  # noqa: F401 (imports what forks need)

from projects.dstransnet import cli

TOOL = 'studies/benchmark_scaling.py'
CONFIG = ROOT / ('configs/dstransnet/'
                 'dstransnet-s_1xb4-adam-4e_synthetic-128x128.py')
SMALL = {
    'model.backbone.base_channels': 2,
    'model.neck.in_channels': (2, 4, 8, 16),
    'model.decode_head.in_channels': (2, 4, 8, 16, 16),
    'model.decode_head.stage_channels': (8, 4, 2, 2),
    'model.data_preprocessor.size': (32, 32),
}


def steps(folder) -> None:
    sys.argv = [str(ROOT / 'tools' / TOOL)]
    tool = runpy.run_path(sys.argv[0], run_name='tool')
    args = argparse.Namespace(batch_size=1, size=32, steps=1)
    cfg = cli.read_config(str(CONFIG), SMALL)
    tool['train_steps'](int(os.environ['RANK']), 2, cfg, args, str(folder))


@pytest.mark.slow
def test_two_processes_take_time(tmp_path):
    on_ranks(2, steps, tmp_path)
    assert 0 < float((tmp_path / 'seconds').read_text()) < 60


@pytest.mark.slow
def test_table_of_processes():
    result = call_tool(TOOL, CONFIG, '--processes', 1, 2, '--size', 32,
                       '--steps', 1, '--sync-bn')
    assert result.returncode == 0, result.stderr
    rows = [line.split('|')[1:-1] for line in result.stdout.splitlines()
            if line.startswith('|')]
    assert [row[0].strip() for row in rows] == ['processes', '1', '2']
    assert rows[1][3].strip() == '1.00'


@pytest.mark.parametrize(('arguments', 'message'), [
    (['--steps', 0], '--steps must be at least 1, got 0'),
    (['--processes', 2, 0], '--processes: expected numbers of 1 or more'),
    (['--size', 33], '--size: expected a multiple of 16, got 33'),
    (['--batch-size', 0], '--batch-size must be at least 1'),
])
def test_bad_arguments(arguments, message):
    assert message in error_of(call_tool(TOOL, CONFIG, *arguments))
