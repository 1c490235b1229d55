"""Measurement of cases, each in its own process.

Separate processes keep memory and caches apart, and a case that runs out of
memory does not end the others.
"""
from __future__ import annotations

import dataclasses
import multiprocessing
import os
import signal
import tempfile
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection

import torch
from mmengine.config import Config

from ..checkpoint.trust import FileIdentity, trusted_files, trusting_files
from ..deployment.compiled_cache import FOLDER_VARIABLE
from ..engine.provenance import device_name
from ..utils.errors import InputError, first_line
from ..utils.memory import is_out_of_memory, keep_freed_memory
from .cases import Case
from .instruments import (
    elapsed,
    matrix_product,
    operator_times,
    peak_above,
    time_in_turns,
)
from .macs import macs_by_size
from .results import Measurement, Result
from .timed_steps import build_step, parameter_count, replayed


class OutOfMemory(Exception):
    """A case needs more memory than there is."""


def measure(case: Case) -> Measurement:
    """Measure one case in this process.

    Changes the process's number of threads and precision of products. Peak
    memory is reliable in a new process only: :func:`measure_apart`.

    Raises:
        InputError: If the case's files or settings do not go together.
    """
    if case.threads is not None:
        torch.set_num_threads(case.threads)
    torch.set_float32_matmul_precision('high' if case.tf32 else 'highest')
    torch.backends.cudnn.allow_tf32 = case.tf32
    device = torch.device(case.device)
    if device.type == 'cuda':
        torch.cuda.set_device(device)
    unit = matrix_product(device)
    unit()
    step, model = build_step(case)
    first = 0.

    def take_first_step() -> None:
        # Compiles, makes the optimiser's state, and lets runtimes allocate.
        nonlocal first
        first = elapsed(step, device)

    peak = peak_above(step, device, case.warmup, prepare=take_first_step)
    if case.cuda_graph:
        step = replayed(step)
        step()
    times = time_in_turns(
        dict(unit=unit, step=step), device, case.repeats, case.max_seconds)
    return Measurement(
        seconds=times['step'],
        unit_seconds=times['unit'],
        memory=peak.size,
        memory_sizes=peak.sizes,
        memory_method=peak.method,
        first_seconds=first,
        parameters=parameter_count(model),
        threads=torch.get_num_threads(),
        device_name=device_name(device),
        operators=operator_times(step, device) if case.profile else [])


def measure_apart(case: Case) -> Measurement:
    """Measure one case in a new process.

    Its output goes to standard error. It trusts the checkpoint files that
    this process trusts (:func:`~..checkpoint.trust.trusting`).

    Raises:
        InputError: If the case's files or settings do not go together.
        OutOfMemory: If it runs out of memory, or the system kills it.
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
    return measurement_of(case, answer, process.exitcode)


def measurement_of(case: Case, answer: Measurement | Exception | None,
                   exit_code: int | None) -> Measurement:
    """Return the measurement that a process sent, or raise its error.

    Args:
        case (Case): The case.
        answer (Measurement | Exception, optional): Answer of the process;
            None if it ended before.
        exit_code (int, optional): Exit code, negative for a signal.
    """
    if isinstance(answer, Measurement):
        return answer
    if isinstance(answer, Exception):
        raise answer
    if exit_code == -signal.SIGKILL:
        raise OutOfMemory('killed by the system (SIGKILL), as happens when '
                          'memory is short')
    raise ChildProcessError(
        f'{case}: its process ended with exit code {exit_code}')


def _work(case: Case, sender: Connection,
          trusted: list[FileIdentity]) -> None:
    """Measure a case and send the answer."""
    os.dup2(2, 1)  # standard output is for the report
    os.environ[FOLDER_VARIABLE] = ''  # so that first steps compile
    if case.train:  # as tools/train.py does
        keep_freed_memory()
    with trusting_files(trusted):
        sender.send(answer_for(case))


def answer_for(case: Case) -> Measurement | Exception:
    """Measure a case; return its measurement or an error for the user."""
    try:
        return measure(case)
    except (ValueError, FileNotFoundError) as error:
        # Networks raise ValueError for a size that does not fit.
        return InputError(f'{case}: {error}')
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        return OutOfMemory(first_line(error))


def measure_all(cfg: Config, cases: Sequence[Case],
                finished: Callable[[list[Result]], None]) -> list[Result]:
    """Measure cases one after the other, each in a new process.

    A case that runs out of memory gets a result that says so. Cases of the
    same form with at least as many pixels are skipped then.

    Args:
        cfg (Config): What is measured, in place of the file of the cases.
        cases (Sequence[Case]): The cases.
        finished (Callable): Called with all results so far after each case.

    Raises:
        InputError: If a size does not fit the network, or a process fails.
    """
    macs = macs_by_size(
        cfg, dict.fromkeys((case.height, case.width) for case in cases))
    results: list[Result] = []
    too_large: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        file = f'{folder}/config.py'
        cfg.dump(file)
        for case in cases:
            each = macs[case.height, case.width]
            number = None if each is None else case.batch * each
            if case.pixels >= too_large.get(case.form, case.pixels + 1):
                result = Result(case, number, problem='not tried (fewer '
                                'pixels ran out of memory)')
            else:
                try:
                    result = Result(case, number, measure_apart(
                        dataclasses.replace(case, config=file)))
                except OutOfMemory as error:
                    too_large[case.form] = case.pixels
                    result = Result(
                        case, number, problem=f'out of memory ({error})')
                except ChildProcessError as error:  # its traceback is printed
                    raise InputError(str(error)) from error
            results.append(result)
            finished(results)
    return results
