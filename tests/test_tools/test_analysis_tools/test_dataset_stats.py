"""tools/analysis_tools/dataset_stats.py as a user calls it."""
import csv
import json

import numpy as np
import pytest
from helpers.tiny_project import CONFIG, ROOT, run_tool, write_sirst
from PIL import Image

TOOL = 'analysis_tools/dataset_stats.py'
BASE = ROOT / 'configs/dstransnet/dstransnet-s_1xb4-adam-40e_sirst-256x256.py'


def test_table_and_files(tmp_path):
    write_sirst(tmp_path / 'SIRST')
    config = tmp_path / 'tiny.py'
    config.write_text(CONFIG.format(base=BASE, data=tmp_path / 'SIRST'))
    result = run_tool(TOOL, config, '--out', 'out', cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert '| measure ' in result.stdout
    out = tmp_path / 'out'
    written = json.loads((out / 'stats.json').read_text())['splits']
    assert {split: (values['images'], values['targets'])
            for split, values in written.items()
            } == dict(train=(6, 6), test=(3, 3), together=(9, 9))
    grey = []
    for number in range(6):
        with Image.open(tmp_path / f'SIRST/images/Misc_{number}.png') as image:
            grey.append(np.array(image.convert('L')))
    assert written['train']['image_std'] == pytest.approx(
        np.mean([image.std() for image in grey]))
    with open(out / 'stats.csv', newline='') as file:
        rows = {row[0]: row[1:] for row in csv.reader(file)}
    assert rows['measure'] == ['unit', 'train', 'test', 'together']
    assert rows['area_median'] == ['pixels', '16.0', '16.0', '16.0']
    with open(out / 'images.csv', newline='') as file:
        images = list(csv.DictReader(file))
    assert len(images) == 9
    assert float(images[2]['mean']) == pytest.approx(grey[2].mean())
    with open(out / 'targets.csv', newline='') as file:
        targets = list(csv.DictReader(file))
    assert [(float(target['row']), float(target['column']))
            for target in targets] == [(11.5, 21.5)] * 9
    with Image.open(out / 'histograms.png') as image:
        assert np.array(image.convert('L')).std() > 0


def test_sirst(sirst, tmp_path):
    result = run_tool(TOOL, BASE, cwd=tmp_path,
                      IRSTD_DATA_ROOT=str(sirst.parent))
    assert result.returncode == 0, result.stderr
    table = {cells[1]: cells[3:-1] for cells in (
        [cell.strip() for cell in line.split('|')]
        for line in result.stdout.splitlines() if line.startswith('|'))}
    assert table['measure'] == ['train', 'test', 'together']
    assert table['images'] == ['341', '86', '427']
    assert table['targets'] == ['424', '109', '533']
    assert table['image_mean_of_1'][0] == '0.4419'
    assert table['image_std_of_1'][0] == '0.1107'
    assert table['pooled_std_of_1'][0] == '0.2236'
    assert not list(tmp_path.iterdir())


def test_no_config(tmp_path):
    result = run_tool(TOOL, 'missing.py', cwd=tmp_path)
    assert result.returncode == 2
    assert 'error: config: no file missing.py' in result.stderr
