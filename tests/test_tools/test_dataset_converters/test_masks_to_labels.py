"""tools/dataset_converters/masks_to_labels.py as a user calls it."""
import json

import pytest
from helpers.tiny_project import error_of, run_tool, write_sirst

TOOL = 'dataset_converters/masks_to_labels.py'


@pytest.mark.parametrize('kind', ['coco', 'yolo'])
def test_masks_become_labels(tmp_path, kind):
    write_sirst(tmp_path / 'SIRST')
    result = run_tool(TOOL, kind, 'SIRST/images', 'SIRST/masks', 'out',
                      '--mask-suffix', '_pixels0', cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert '9 images, 9 targets' in result.stdout
    assert (tmp_path / 'out/contact_sheet.png').is_file()
    if kind == 'coco':
        content = json.loads((tmp_path / 'out/annotations.json').read_text())
        assert {tuple(each['bbox']) for each in content['annotations']} == {
            (20, 10, 4, 4)}
    else:
        assert len(list((tmp_path / 'out/labels').iterdir())) == 9


def test_masks_of_other_names(tmp_path):
    write_sirst(tmp_path / 'SIRST')
    assert 'Misc_0.png: has no mask' in error_of(run_tool(
        TOOL, 'coco', 'SIRST/images', 'SIRST/masks', 'out', cwd=tmp_path))
