"""The figures that the project promises, measured."""
import re

import pytest
from helpers.tiny_project import ROOT, run_tool

STEM = 'dstransnet-s_1xb4-adam-40e_sirst-256x256'


def row(table: str, metric: str) -> list[float]:
    """Return the values of a metric in a printed table."""
    (line, ) = re.findall(rf'^\| {metric} .*$', table, re.MULTILINE)
    return [float(cell) for cell in line.split('|')[2:-2]]


@pytest.mark.slow
def test_published_weights_on_sirst(sirst, tmp_path):
    result = run_tool(
        'test.py', ROOT / f'configs/dstransnet/{STEM}.py',
        ROOT / f'projects/dstransnet/weights/{STEM}.safetensors',
        cwd=tmp_path, IRSTD_DATA_ROOT=str(sirst.parent))
    assert result.returncode == 0, result.stderr
    assert row(result.stdout, 'IoU')[0] >= 50
    assert row(result.stdout, 'Pd')[0] >= 85
    assert row(result.stdout, 'Fa')[0] <= 100


@pytest.mark.slow
def test_demo_beats_the_top_hat(tmp_path):
    result = run_tool('demo.py', '--work-dir', tmp_path, cwd=tmp_path,
                      IRSTD_DATA_ROOT=str(tmp_path))
    assert result.returncode == 0, result.stderr
    table = result.stdout.partition('unseen scenes')[2].partition('\n\n')[0]
    network, top_hat = row(table, 'IoU')
    assert network >= 50
    assert network >= top_hat + 15
