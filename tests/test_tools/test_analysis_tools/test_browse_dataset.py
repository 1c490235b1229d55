"""tools/analysis_tools/browse_dataset.py as a user calls it."""
import numpy as np
import pytest
from helpers.tiny_project import CONFIG, ROOT, run_tool, write_sirst
from PIL import Image

TOOL = 'analysis_tools/browse_dataset.py'
BASE = ROOT / 'configs/dstransnet/dstransnet-s_1xb4-adam-40e_sirst-256x256.py'


def pictures(folder) -> dict[str, np.ndarray]:
    found = {}
    for path in folder.iterdir():
        with Image.open(path) as image:
            found[path.name] = np.array(image)
    return found


def test_samples_of_the_training_pipeline(tmp_path):
    write_sirst(tmp_path / 'SIRST')
    config = tmp_path / 'tiny.py'
    config.write_text(CONFIG.format(base=BASE, data=tmp_path / 'SIRST'))
    for run, seed in (('a', 0), ('b', 0), ('c', 1)):
        result = run_tool(TOOL, config, '--number', 99, '--out', run,
                          '--seed', seed, cwd=tmp_path)
        assert result.returncode == 0, result.stderr
    assert '6 of 6 samples of train: c' in result.stdout
    first, again, other = (pictures(tmp_path / run) for run in 'abc')
    assert sorted(first) == sorted(
        ['contact_sheet.png', *(f'Misc_{n}.png' for n in range(6))])
    for name, picture in first.items():
        assert np.array_equal(picture, again[name]), name
    assert any(picture.shape != other[name].shape
               or (picture != other[name]).any()
               for name, picture in first.items())
    # 32 x 32 pixels behind the pipeline, enlarged 16 times.
    assert all(picture.shape[1] == 512 for name, picture in first.items()
               if name != 'contact_sheet.png')


def test_pictures_show_the_images_of_a_split(tmp_path):
    """Without a transform, the squares of the picture are the pixels."""
    write_sirst(tmp_path / 'SIRST')
    config = tmp_path / 'tiny.py'
    config.write_text(
        CONFIG.format(base=BASE, data=tmp_path / 'SIRST').replace(
            "    dict(type='Resize', scale=(size, size), backend='pillow'),\n",
            ''))
    result = run_tool(TOOL, config, '--split', 'test', '--number', 2,
                      '--cfg-options', 'work_dir=here', cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    found = pictures(tmp_path / 'here/browse_test')
    sheet = found.pop('contact_sheet.png')
    assert sheet.std() > 0
    assert len(found) == 2
    for name, picture in found.items():
        with Image.open(tmp_path / f'SIRST/images/{name}') as image:
            expected = np.array(image)
        height, width = expected.shape[:2]
        scale = 512 // max(height, width)
        shown = picture[28:28 + scale * height, :scale * width]
        shown = shown[scale // 2::scale, scale // 2::scale]
        same = (shown == expected).all(axis=2)
        assert 0.97 < same.mean() < 1  # all but frame and number
        assert same[10:14, 20:24].all()  # the target in the frame


def test_images_of_the_dataset_stay(tmp_path):
    write_sirst(tmp_path / 'SIRST')
    config = tmp_path / 'tiny.py'
    config.write_text(CONFIG.format(base=BASE, data=tmp_path / 'SIRST'))
    for folder in ('SIRST/images', 'SIRST/masks'):
        before = pictures(tmp_path / folder)
        result = run_tool(TOOL, config, '--out', folder, cwd=tmp_path)
        assert result.returncode == 2
        assert ('error: --out: expected a folder without images of the '
                f'dataset, got {folder}') in result.stderr
        after = pictures(tmp_path / folder)
        assert after.keys() == before.keys()
        assert all((after[name] == each).all()
                   for name, each in before.items())


def test_wrong_number(tmp_path):
    result = run_tool(TOOL, BASE, '--number', 0, cwd=tmp_path)
    assert result.returncode == 2
    assert 'error: --number: expected 1 or more, got 0' in result.stderr


@pytest.mark.parametrize('tool', [TOOL, 'analysis_tools/dataset_stats.py'])
def test_out_that_is_a_file(tmp_path, tool):
    """Told before anything else, the config included."""
    (tmp_path / 'taken').write_text('')
    result = run_tool(tool, 'missing.py', '--out', 'taken', cwd=tmp_path)
    assert result.returncode == 2
    assert ('error: --out: expected a folder, got the file taken'
            in result.stderr)
