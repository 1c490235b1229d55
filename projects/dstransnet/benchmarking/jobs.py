"""Jobs that leave a file each: run once, failures do not end the others."""
from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..utils.errors import first_line


@dataclass(frozen=True)
class Job:
    """Work on a model.

    Attributes:
        model (str): Name of the model.
        kind (str): Such as ``'cost'``; jobs of a kind take similar times.
        file (Path): Written at the end; the job is done if it exists.
        run (Callable): The work; raises an exception if it fails.
    """
    model: str
    kind: str
    file: Path
    run: Callable[[], Any]

    def __str__(self) -> str:
        return f'{self.model}: {self.kind}'


def run_jobs(jobs: Sequence[Job],
             report: Callable[[str], None]) -> dict[str, str]:
    """Run the jobs that are not done, one after the other.

    Args:
        jobs (Sequence[Job]): The jobs, in order.
        report (Callable): Called with a line before and after each job.

    Returns:
        dict[str, str]: The error of each job that failed.
    """
    failed: dict[str, str] = {}
    durations: dict[str, list[float]] = {}
    waiting = [job for job in jobs if not job.file.exists()]
    if len(waiting) < len(jobs):
        report(f'{len(jobs) - len(waiting)} of {len(jobs)} jobs are done '
               'already')
    for number, job in enumerate(waiting, start=1):
        report(f'[{number}/{len(waiting)}] {job} ...')
        start = time.monotonic()
        try:
            job.run()
        except Exception as error:  # of any kind: the other jobs go on
            failed[str(job)] = f'{type(error).__name__}: {first_line(error)}'
            report(f'failed: {job}: {failed[str(job)]}')
            continue
        durations.setdefault(job.kind, []).append(time.monotonic() - start)
        left = time_left([other.kind for other in waiting[number:]], durations)
        report(f'  {durations[job.kind][-1]:.0f} s, about {left:.0f} s left')
    return failed


def time_left(kinds: Sequence[str],
              durations: dict[str, list[float]]) -> float:
    """Estimate the seconds of jobs of some kinds from those that ended.

    A job takes the mean of its kind, or of all jobs if none of its kind has
    ended.
    """
    known = [seconds for each in durations.values() for seconds in each]
    return sum(
        sum(each) / len(each)
        for each in (durations.get(kind, known) for kind in kinds))


def run_tool(tool: Path, *arguments: object, log: Path) -> None:
    """Run a Python file in a process of its own; the log has its output.

    Raises:
        ChildProcessError: If it fails; the message has the last line of the
            log.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, 'w', encoding='utf-8') as file:
        code = subprocess.run(
            [sys.executable, str(tool), *map(str, arguments)],
            stdin=subprocess.DEVNULL, stdout=file,
            stderr=subprocess.STDOUT).returncode
    if code:
        lines = log.read_text(encoding='utf-8', errors='replace').split('\n')
        last = next(filter(str.strip, reversed(lines)), 'no output')
        raise ChildProcessError(
            f'{tool.name} ended with exit code {code} ({last.strip()}); all '
            f'output is in {log}')
