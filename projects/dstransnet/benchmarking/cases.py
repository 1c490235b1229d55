"""From arguments to cases: what goes together, and in which order."""
from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

import torch

from ..errors import InputError
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
    cuda = _is_cuda(case.device)
    for option, used in (('--tf32', case.tf32),
                         ('--cuda-graph', case.cuda_graph)):
        if used and not cuda:
            raise InputError(f'{option} needs --device cuda, got '
                             f'--device {case.device}')
    for option, used in (('--runtime', case.runtime != 'auto'),
                         ('--steps', case.deploy_steps is not None)):
        if used and not case.deployed:
            raise InputError(f'{option} needs --deploy')
    if case.train:
        for option, used in (('--deploy', case.deployed),
                             ('--cuda-graph', case.cuda_graph)):
            if used:
                raise InputError(f'{option} is for inference: leave out it '
                                 'or --train')
        if case.amp == 'fp16' and not cuda:
            raise InputError('--train --amp fp16 needs --device cuda; on '
                             'CPUs use --amp bf16')


def _is_cuda(name: str) -> bool:
    """Tell whether a device is a GPU; raise if there is no such device."""
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise InputError(f'--device: expected cpu, cuda or cuda:N, got '
                         f'{name!r}') from error
    if device.type not in ('cpu', 'cuda'):
        raise InputError(f'--device: expected cpu, cuda or cuda:N, got {name}')
    if device.type == 'cpu':
        return False
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if (device.index or 0) >= count:
        raise InputError(f'--device: there is no {name}; PyTorch sees {count} '
                         'CUDA devices on this machine')
    return True


def plain_form(case: Case) -> Case:
    """Return the case that a form is compared with: float32, unchanged."""
    return dataclasses.replace(
        case, deployed=False, runtime='auto', deploy_steps=None,
        compiled=False, amp=None, channels_last=False, tf32=False,
        cuda_graph=False)


def all_cases(case: Case, shapes: Iterable[Sequence[int]],
              batches: Sequence[int], with_plain: bool) -> list[Case]:
    """Return the cases of a run, fewest pixels of a shape first as given.

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
    return cases
