"""From a class and a config to rows of one table, as the guide says."""
import json
import re
import shutil
from pathlib import Path

import pytest
from helpers.benchmark_results import result
from helpers.tiny_project import ROOT, call_tool

from projects.dstransnet.benchmarking import work

PAGE = (ROOT / 'docs/guide/compare-networks.md').read_text()
CLASS, CONFIG = re.findall(r'```python\n(.*?)```', PAGE.split(
    '## A network of your own')[1], re.DOTALL)[:2]
assert 'class MyNetwork' in CLASS and "type='MyNetwork'" in CONFIG


@pytest.fixture
def configs(tmp_path, monkeypatch) -> Path:
    """Comparison configs on six generated scenes of 96 x 96 pixels."""
    shutil.copytree(ROOT / 'configs/_base_', tmp_path / '_base_')
    shutil.copytree(ROOT / 'configs/comparison', tmp_path / 'comparison')
    scenes = tmp_path / '_base_/datasets/synthetic_128x128.py'
    text = scenes.read_text().replace('128', '96')
    for before, after in (
            ('num_workers=1', 'num_workers=0'),
            ('persistent_workers=True', 'persistent_workers=False'),
            ('num_scenes=1000', 'num_scenes=4'),
            ('num_scenes=200', 'num_scenes=2'), ('batch_size=4',
                                                 'batch_size=2')):
        assert before in text
        text = text.replace(before, after)
    scenes.with_name('a.py').write_text(text)
    folder = tmp_path / 'comparison'
    (folder / 'my-network.py').write_text(
        CONFIG.replace('sirst_256x256', 'a'))
    acm = folder / 'acm_sirst-256x256.py'
    acm.write_text(acm.read_text().replace('sirst_256x256', 'a'))
    (tmp_path / 'my_network.py').write_text(CLASS)
    monkeypatch.syspath_prepend(str(tmp_path))

    def run_here(tool, *arguments, log):
        done = call_tool(tool.name, *arguments)
        assert not done.returncode, done.stderr

    # Processes of their own take ten seconds each to start.
    monkeypatch.setattr(work, 'run_tool', run_here)
    monkeypatch.setattr(work, 'measure_all', lambda *_: [result()])
    return folder


@pytest.mark.slow
def test_own_network_beside_another(configs, tmp_path):
    arguments = (
        'benchmark_models.py', configs / 'my-network.py',
        configs / 'acm_sirst-256x256.py', '--names', 'mine', 'acm', '--train',
        '--epochs', 1, '--datasets', configs.parent / '_base_/datasets/a.py',
        '--repeats', 1, '--bootstrap', 10, '--metrics', 'IoU', '--images',
        '000000', '000001', '--out', tmp_path / 'out')
    done = call_tool(*arguments)
    assert done.returncode == 0, done.stderr
    runs = json.loads((tmp_path / 'out/benchmark.json').read_text())['runs']
    for name in ('mine', 'acm'):
        assert runs[name]['result']['metrics']['Fa'] >= 0
    assert (tmp_path / 'out/grid.png').exists()
    assert call_tool(*arguments).stdout == done.stdout
