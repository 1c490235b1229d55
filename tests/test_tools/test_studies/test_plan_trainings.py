"""tools/studies/plan_trainings.py on an untrained network."""
import re

import pytest
from helpers.tiny_project import call_tool, error_of

TOOL = 'studies/plan_trainings.py'


@pytest.mark.slow
def test_hours_follow_from_the_steps(project):
    result = call_tool(TOOL, project.config, '--seeds', 3, '--repeats', 1,
                       '--threads', 1)
    assert not result.returncode, result.stderr
    (row, ) = re.findall(r'^\| +untrained .*$', result.stdout, re.M)
    cells = [cell.strip() for cell in row.strip('|').split('|')]
    _, parameters, batch, step, steps, epoch, epochs, hours = cells
    assert parameters.endswith(' M')
    assert (batch, steps, epochs) == ('2', '3', '2')  # 6 training images
    assert float(epoch) == pytest.approx(3 * float(step), rel=0.01)
    assert float(hours) == pytest.approx(
        float(epoch) * 2 * 3 / 3600, rel=0.01)
    assert f'{hours} hours for 3 seed(s)' in result.stdout


@pytest.mark.parametrize('option', ['images', 'seeds', 'repeats'])
def test_numbers_below_one(project, option):
    result = call_tool(TOOL, project.config, f'--{option}', 0)
    assert error_of(result) == f'--{option}: expected 1 or more, got 0'
