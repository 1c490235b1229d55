"""tools/analysis_tools/feature_maps.py as a user calls it."""
import pytest
from helpers.tiny_project import error_of, run_tool

TOOL = 'analysis_tools/feature_maps.py'


@pytest.mark.parametrize(('words', 'name'), [
    ([], 'features'),
    (['--grad-cam', '--layers', 'decode_head.stages.*'], 'grad_cam')])
def test_figures(project, tmp_path, words, name):
    done = run_tool(
        TOOL, project.config, project.checkpoint,
        project.data / 'images/Misc_6.png', '--out', 'out', '--formats',
        'png', *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (tmp_path / 'out').iterdir()] == [
        f'{name}.png']


def test_layers(project, tmp_path):
    words = [TOOL, project.config, project.checkpoint]
    listed = run_tool(*words, '--list', cwd=tmp_path).stdout.splitlines()
    assert {'neck', 'decode_head.stages.3.gate'} <= set(listed)
    image = project.data / 'images/Misc_6.png'
    assert "such as decode_head" in error_of(run_tool(
        *words, image, '--layers', 'decoder_head.stages', cwd=tmp_path))
    assert 'IMAGE: expected one image' in error_of(
        run_tool(*words, image, image, cwd=tmp_path))
