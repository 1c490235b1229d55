import pytest

from projects.dstransnet.benchmarking import Job, run_jobs
from projects.dstransnet.benchmarking.jobs import run_tool, time_left


def test_done_jobs_do_not_run_again_and_failures_end_no_others(tmp_path):
    ran = []

    def job(name, fails=False):
        def run():
            ran.append(name)
            if fails:
                raise RuntimeError('no luck\nat line 3')
            (tmp_path / name).touch()
        return Job(name, 'test', tmp_path / name, run)

    jobs = [job('a'), job('b', fails=True), job('c')]
    lines = []
    for expected in (['a', 'b', 'c'], ['a', 'b', 'c', 'b']):
        assert run_jobs(jobs, lines.append) == {
            'b: test': 'RuntimeError: no luck'}
        assert ran == expected
    assert '[2/3] b: test ...' in lines
    assert '2 of 3 jobs are done already' in lines


def test_time_left_is_by_kind():
    durations = dict(cost=[1.0, 3.0], train=[100.0])
    assert time_left(['cost', 'train', 'cost'], durations) == 104
    # The mean of all three stands for an unknown kind.
    assert time_left(['test'], durations) == pytest.approx(104 / 3)
    assert time_left([], durations) == 0


def test_a_tool_runs_apart_and_leaves_a_log(tmp_path):
    tool, log = tmp_path / 'tool.py', tmp_path / 'logs/output.log'
    tool.write_text('import sys; print(sys.argv[1:])')
    run_tool(tool, 'a', 3, log=log)
    assert log.read_text() == "['a', '3']\n"


@pytest.mark.parametrize(('code', 'message'), [
    ('print("before"); raise SystemExit("the reason")',
     r'tool\.py ended with exit code 1 \(the reason\)'),
    ('import os; os.kill(os.getpid(), 9)',
     r'tool\.py ended with exit code -9 \(no output\)'),
])
def test_a_crash_is_an_error_with_its_last_line(tmp_path, code, message):
    tool = tmp_path / 'tool.py'
    tool.write_text(code)
    with pytest.raises(ChildProcessError, match=message):
        run_tool(tool, log=tmp_path / 'output.log')
