"""The example of docs/guide/measures.md."""
import re
from pathlib import Path

import numpy as np
import pytest

from projects.dstransnet.evaluation import MEASURES, evaluate

PAGE = Path(__file__).resolve().parents[2] / 'docs/guide/measures.md'


def test_every_value_of_the_page():
    text = PAGE.read_text('utf-8')
    signs = np.array([list(line) for line in re.findall(
        r'^[.#ox]{8}$', text, re.M)])
    assert signs.shape == (8, 8)
    mask = np.isin(signs, ['o', '#'])
    scores = np.where(np.isin(signs, ['x', '#']), 0.9, 0.0)
    scores[6, 0] = 0.8
    rows = re.findall(r'^\| (?:`(\w+)`)? ?\| `(\w+)` \| ([\d.]+) \|', text,
                      re.M)
    names = [name for name, *_ in rows if name]
    found = evaluate([scores], [mask], [0.2 + 0.5 * mask], measures=names)
    for _, metric, value in rows:
        assert found.metrics[metric] == pytest.approx(float(value),
                                                      abs=0.005), metric
    assert {*names, 'difficulty', 'hierarchy', 'centroid'} == {
        'published', *(name for name, measure in MEASURES.items()
                       if name not in ('hierarchy_padded',
                                       'centroid_overlap'))}
