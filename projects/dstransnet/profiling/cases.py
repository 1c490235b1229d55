"""From arguments to cases: what goes together, and in which order."""
from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from ..deployment import choose_runtime
from ..utils.devices import check_device
from ..utils.errors import InputError
from .case import Case

GROWTH_SIZES = (128, 256, 512, 1024, 2048)
"""Sides of the square images whose time and memory are compared, pixels."""


def check_case(case: Case) -> None:
    """Raise unless the settings of a case go together on this machine.

    Raises:
        InputError: If they do not; the message names the option.
    """
    for name in ('height', 'width', 'batch', 'warmup', 'repeats', 'threads'):
        value = getattr(case, name)
        if value is not None and value < 1:
            option = 'shape' if name in ('height', 'width') else name
            raise InputError(f'--{option}: expected 1 or more, got {value}')
    if case.max_seconds <= 0:
        raise InputError('--max-seconds: expected more than 0, got '
                         f'{case.max_seconds:g}')
    cuda = check_device(case.device, ('cpu', 'cuda')).type == 'cuda'
    for option, used in (('--tf32', case.tf32),
                         ('--cuda-graph', case.cuda_graph)):
        if used and not cuda:
            raise InputError(f'{option} needs --device cuda, got '
                             f'--device {case.device}')
    for option, used in (('--runtime', case.runtime != 'auto'),
                         ('--steps', case.deploy_steps is not None)):
        if used and not case.deployed:
            raise InputError(f'{option} needs --deploy')
    if case.deployed and case.compiled:
        raise InputError('--compile is for the plain form: use --deploy '
                         '--runtime compile')
    if case.runtime == 'cuda_graph' and case.cuda_graph:
        raise InputError('--runtime cuda_graph has a CUDA graph already: '
                         'leave out it or --cuda-graph')
    if case.train:
        for option, used in (('--deploy', case.deployed),
                             ('--cuda-graph', case.cuda_graph)):
            if used:
                raise InputError(f'{option} is for inference: leave out it '
                                 'or --train')
        if case.amp == 'fp16' and not cuda:
            raise InputError('--train --amp fp16 needs --device cuda; on '
                             'CPUs use --amp bf16')


def resolved(case: Case) -> Case:
    """Return a case with the runtime that ``'auto'`` stands for.

    Raises:
        InputError: If the runtime cannot run on the case's device.
    """
    if not case.deployed:
        return case
    try:
        runtime = choose_runtime(case.runtime, case.device, case.dtype)
    except InputError as error:
        raise InputError(f'--{error}') from error
    return dataclasses.replace(case, runtime=runtime)


def plain_form(case: Case) -> Case:
    """Return the case that a form is compared with: float32, unchanged."""
    return dataclasses.replace(
        case, deployed=False, runtime='auto', deploy_steps=None,
        compiled=False, amp=None, channels_last=False, tf32=False,
        cuda_graph=False)


def all_cases(case: Case, shapes: Iterable[Sequence[int]],
              batches: Sequence[int], with_plain: bool) -> list[Case]:
    """Return the cases of a run, in the order of shapes and batches.

    Runtimes of deployed forms have their names (:func:`resolved`).

    Args:
        case (Case): What all have in common.
        shapes (Iterable[Sequence[int]]): Height and width of each, or the
            side of a square, pixels.
        batches (Sequence[int]): Images a step.
        with_plain (bool): Whether the plain form goes before each.

    Raises:
        InputError: If the settings do not go together.
    """
    if with_plain and case == plain_form(case):
        raise InputError('--compare-with-plain: this is the plain form; add '
                         '--deploy, --compile, --amp, ...')
    cases = []
    for shape in shapes:
        if len(shape) not in (1, 2):
            raise InputError('--shape: expected HEIGHT WIDTH, or the side of '
                             f'a square, got {len(shape)} numbers')
        for batch in batches:
            one = dataclasses.replace(
                case, height=shape[0], width=shape[-1], batch=batch)
            cases += [plain_form(one), one] if with_plain else [one]
    for one in cases:
        check_case(one)
    return [resolved(one) for one in cases]
