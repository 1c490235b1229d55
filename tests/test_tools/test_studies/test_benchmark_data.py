import re

from helpers.tiny_project import run_tool

TOOL = 'studies/benchmark_data.py'


def test_tables(tiny):
    result = run_tool(
        TOOL, tiny.config, '--number', 9, '--cache', 'ram', '--workers', 0, 1,
        '--rounds', 1, cwd=tiny.folder)
    assert result.returncode == 0, result.stderr
    found = result.stdout
    assert '9 samples of 32 x 32 pixels from 6 files, cache=ram' in found
    rates = re.findall(r'\| (training pipeline|Pillow: .*?|0|1) +\| +(\d+) \|',
                       found)
    assert len(rates) == 4 and all(int(rate) > 0 for _, rate in rates)
    shares = re.findall(r'\| (\S.*?) +\| +[\d.]+ \| +(\d+)% \|', found)
    assert abs(sum(int(share) for _, share in shares) - 100) <= len(shares)
    steps = {step for step, _ in shares}
    assert 'RandomLongSideResize' in steps
    # What the cache replaces is no step of its own.
    assert 'LoadImageFromFile' not in steps
    memory = float(
        re.search(r'memory of the cache: ([\d.]+) MiB', found).group(1))
    assert memory > 0
    assert re.search(r'matrix product .*: [\d.]+-[\d.]+ s', found)


def test_wrong_number(tiny):
    result = run_tool(TOOL, tiny.config, '--number', 0, cwd=tiny.folder)
    assert result.returncode == 2
    assert result.stderr.endswith(
        'error: number: expected 1 or more, got 0\n')


def test_missing_config(tmp_path):
    result = run_tool(TOOL, 'none.py', cwd=tmp_path)
    assert result.returncode == 2
    assert result.stderr.endswith('error: config: no file none.py\n')
