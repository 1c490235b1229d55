import sys

from helpers.tiny_project import run


def test_importing_the_package_prints_nothing(tmp_path):
    result = run(sys.executable, '-c', 'import projects.dstransnet',
                 cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert result.stdout == result.stderr == ''
