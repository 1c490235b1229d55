"""tools/dataset_converters/labels_to_masks.py as a user calls it."""
import numpy as np
from helpers.tiny_project import error_of, run_tool, write_sirst
from PIL import Image

TOOL = 'dataset_converters/labels_to_masks.py'


def test_points_become_masks(tmp_path):
    write_sirst(tmp_path / 'SIRST')
    labels = tmp_path / 'points.csv'
    labels.write_text('image,x,y\nMisc_0.png,21,12\n')
    result = run_tool(TOOL, 'points', 'SIRST/images', labels, 'out',
                      cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert '9 images, 8 of them without labels' in result.stdout
    mask = np.array(Image.open(tmp_path / 'out/masks/Misc_0.png'))
    assert (mask[10:14, 20:24] == 255).all() and (mask > 0).sum() == 16
    assert (tmp_path / 'out/contact_sheet.png').is_file()
    assert 'DST: out is not empty' in error_of(run_tool(
        TOOL, 'points', 'SIRST/images', labels, 'out', cwd=tmp_path))


def test_errors_name_file_and_line(tmp_path):
    write_sirst(tmp_path / 'SIRST')
    (tmp_path / 'points.csv').write_text('image,x,y\nMisc_0.png,21,a\n')
    words = 'points', 'SIRST/images', 'points.csv', 'out'
    assert 'points.csv, line 2: y: expected a finite number' in error_of(
        run_tool(TOOL, *words, cwd=tmp_path))
    assert '--whole: has no effect with --snap' in error_of(
        run_tool(TOOL, 'points', 'SIRST/images', 'points.csv', 'out',
                 '--whole', '--snap', 1, cwd=tmp_path))
    assert '--share must be' in error_of(
        run_tool(TOOL, *words, '--share', 2, cwd=tmp_path))


def test_an_error_leaves_nothing(tmp_path):
    write_sirst(tmp_path / 'SIRST')
    (tmp_path / 'points.csv').write_text(
        'image,x,y\nMisc_0.png,21,12\nMisc_1.png,500,2\n')
    words = 'points', 'SIRST/images', 'points.csv', 'out'
    assert 'points.csv, line 3' in error_of(
        run_tool(TOOL, *words, cwd=tmp_path))
    assert not list((tmp_path / 'out').iterdir())
