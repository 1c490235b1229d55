"""Measuring one case in a process of its own.

Its memory is then its own, no case warms another one's caches, and a case
that needs too much memory ends alone.
"""
from __future__ import annotations

import multiprocessing
import os
import signal
from multiprocessing.connection import Connection

from ..checkpoint.trust import FileIdentity, trusted_files, trusting_files
from ..utils.errors import InputError, first_line
from ..utils.memory import is_out_of_memory, keep_freed_memory
from .case import Case
from .measure import Measurement, measure


class OutOfMemory(Exception):
    """A case needs more memory than there is; how that was noticed."""


def measure_apart(case: Case) -> Measurement:
    """Measure one case in a new process.

    What it prints goes to standard error. It trusts the checkpoint files that
    this process trusts (:func:`~..checkpoint_trust.trusting`).

    Raises:
        InputError: If the case's files or settings do not go together.
        OutOfMemory: If it runs out of memory, or the system ends it for that.
        ChildProcessError: If it fails otherwise; its traceback is printed.
    """
    context = multiprocessing.get_context('spawn')
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(
        target=_work, args=(case, sender, trusted_files()))
    process.start()
    sender.close()  # so that receiving ends when the process does
    try:
        answer = receiver.recv()
    except EOFError:
        answer = None
    except BaseException:  # Ctrl-C too: leave no process behind
        process.kill()
        raise
    finally:
        process.join()
        receiver.close()
    return result_of(case, answer, process.exitcode)


def result_of(case: Case, answer: Measurement | Exception | None,
              exit_code: int | None) -> Measurement:
    """Return what a process answered, or raise what it failed of.

    Args:
        case (Case): What was measured.
        answer (Measurement | Exception, optional): What came; None if the
            process ended without an answer.
        exit_code (int, optional): Of the process, negative for a signal.

    Raises:
        InputError, OutOfMemory, ChildProcessError: See
            :func:`measure_apart`.
    """
    if isinstance(answer, Measurement):
        return answer
    if isinstance(answer, Exception):
        raise answer
    if exit_code == -signal.SIGKILL:
        raise OutOfMemory('ended by the system (SIGKILL), which is what it '
                          'does when memory is short')
    raise ChildProcessError(
        f'{case}: its process ended with exit code {exit_code}')


def _work(case: Case, sender: Connection,
          trusted: list[FileIdentity]) -> None:
    """Measure, and send the result or what the user can mend."""
    os.dup2(2, 1)  # standard output is the report's
    if case.train:  # as tools/train.py does
        keep_freed_memory()
    with trusting_files(trusted):
        sender.send(answer_for(case))


def answer_for(case: Case) -> Measurement | Exception:
    """Measure; return the result, or what the user can mend or should know."""
    try:
        return measure(case)
    except (ValueError, FileNotFoundError) as error:
        # ValueError is what networks raise on a size that does not fit them.
        return InputError(f'{case}: {error}')
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        return OutOfMemory(first_line(error))
