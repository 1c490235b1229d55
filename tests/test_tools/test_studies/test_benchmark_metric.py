"""tools/studies/benchmark_metric.py on the smallest cases."""
import runpy

import cv2
import torch
from helpers.tiny_project import ROOT, call_tool

TOOL = 'studies/benchmark_metric.py'


def test_one_row_a_case(monkeypatch):
    used = []
    monkeypatch.setattr(cv2, 'setNumThreads', used.append)
    monkeypatch.setattr(torch, 'set_num_threads', used.append)
    result = call_tool(TOOL, '--sizes', 32, '--thresholds', 3, '--components',
                       1, '--repeats', 1)
    assert result.returncode == 0, result.stderr
    assert used == [1, 1]
    rows = [line.strip('|').split('|') for line in result.stdout.splitlines()
            if line.startswith('|')]
    cells = [[cell.strip() for cell in row] for row in rows]
    assert [row[:3] for row in cells] == [
        ['size', 'thresholds', 'components'],
        ['32', '101', '10'],
        ['256', '3', '10'],
        ['256', '101', '1'],
        ['256', '101', 'noise'],
    ]
    for row in cells[1:]:
        assert float(row[3]) > 0
        assert float(row[4]) >= 0 and float(row[5]) >= 0
    assert 'matrix product takes ' in result.stdout


def test_scenes():
    size = 13
    make_scene = runpy.run_path(ROOT / 'tools' / TOOL)['make_scene']
    scores, mask = make_scene(size, 4)
    assert scores.shape == mask.shape == (size, size)
    assert scores.dtype == 'float32' and mask.dtype == bool
    assert 0 <= scores.min() < 0.08 < 0.2 < scores.max() <= 1
    # A disc of radius 2 under every third spot.
    assert 13 <= mask.sum() <= 26
    again, _ = make_scene(size, 4)
    assert (scores == again).all()
