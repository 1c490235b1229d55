"""The tutorial notebook, with few scenes."""
import json

import matplotlib.pyplot as plt
import pytest
from helpers.tiny_project import ROOT

SMALLER = {
    'num_scenes = 1000': 'num_scenes = 8',
    'number=100': 'number=4',
    'number=50': 'number=4',
    'max_epochs = 4': 'max_epochs = 1',
}


@pytest.mark.slow
def test_cells_run():
    cells = json.loads((ROOT / 'docs/tutorial.ipynb').read_text('utf-8'))
    code = '\n'.join(
        ''.join(cell['source']) for cell in cells['cells']
        if cell['cell_type'] == 'code')
    for text, smaller in SMALLER.items():
        assert text in code
        code = code.replace(text, smaller)
    names: dict = {'__name__': 'tutorial'}
    exec(compile(code, 'tutorial', 'exec'), names)
    plt.close('all')
    assert len(names['found']) == 4
    assert names['network'].metrics.keys() == names['classical'].metrics.keys()
