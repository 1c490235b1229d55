"""Cases of a benchmark: one network, in one form, on one input size."""
from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch

from ..deployment import choose_runtime
from ..utils.devices import check_device
from ..utils.dtypes import MIXED_DTYPES
from ..utils.errors import InputError

GROWTH_SIZES = (128, 256, 512, 1024, 2048)
"""Sides in pixels of the square images that show how cost grows."""


@dataclass(frozen=True)
class Case:
    """One network, in one form, on one input size; a row of the table.

    Args:
        config (str): Path of the config.
        height (int): Height of the input in pixels.
        width (int): Width of the input in pixels.
        checkpoint (str, optional): Path of the weights; None for the initial
            ones. Defaults to None.
        batch (int): Images per step. Defaults to 1.
        device (str): Such as ``'cpu'`` or ``'cuda:0'``. Defaults to
            ``'cpu'``.
        threads (int, optional): CPU threads of the operators; None for
            PyTorch's default. Defaults to None.
        train (bool): Whether to time training steps. Defaults to False.
        deployed (bool): Whether ``deploy`` rewrites the network. Defaults to
            False.
        runtime (str): Runtime argument of ``deploy``. Defaults to
            ``'auto'``.
        deploy_steps (tuple[str, ...], optional): Steps of ``deploy`` to
            apply; None for all. Defaults to None.
        compiled (bool): Whether to use ``torch.compile``. Defaults to False.
        amp (str, optional): ``'bf16'``, ``'fp16'`` or None for float32.
            Defaults to None.
        channels_last (bool): Whether feature maps are stored as (N, H, W, C).
            Defaults to False.
        tf32 (bool): Whether CUDA may round factors to TensorFloat-32.
            Defaults to False.
        cuda_graph (bool): Whether inference is replayed from a CUDA graph.
            Defaults to False.
        warmup (int): Steps before the timed ones, after the first step; peak
            memory is read in them. 1 or more. Defaults to 3.
        repeats (int): Timed steps, 1 or more. Defaults to 10.
        max_seconds (float): Timing stops after that many seconds, but not
            before 3 steps (or ``repeats``). Defaults to 60.
        profile (bool): Whether to profile operators too. Defaults to False.
    """

    config: str
    height: int
    width: int
    checkpoint: str | None = None
    batch: int = 1
    device: str = 'cpu'
    threads: int | None = None
    train: bool = False
    deployed: bool = False
    runtime: str = 'auto'
    deploy_steps: tuple[str, ...] | None = None
    compiled: bool = False
    amp: str | None = None
    channels_last: bool = False
    tf32: bool = False
    cuda_graph: bool = False
    warmup: int = 3
    repeats: int = 10
    max_seconds: float = 60
    profile: bool = False

    @property
    def form(self) -> str:
        """Name of the form, such as ``'deployed bf16'``.

        Examples:
            >>> Case('c.py', 8, 8).form, Case('c.py', 8, 8, tf32=True).form
            ('plain', 'plain tf32')
        """
        steps = self.deploy_steps
        parts = (
            'deployed' if self.deployed else 'plain',
            self.runtime != 'auto' and self.runtime,
            steps is not None and f'({"+".join(steps) or "no steps"})',
            self.amp,
            self.channels_last and 'channels-last',
            self.tf32 and 'tf32',
            self.compiled and 'compiled',
            self.cuda_graph and 'CUDA graph')
        return ' '.join(part for part in parts if part)

    @property
    def dtype(self) -> torch.dtype:
        """Data type of convolutions and matrix products."""
        return torch.float32 if self.amp is None else MIXED_DTYPES[self.amp]

    @property
    def compiles(self) -> bool:
        """True if the first step compiles or records the network."""
        return self.compiled or (self.deployed and self.runtime in (
            'compile', 'cuda_graph', 'openvino'))

    @property
    def pixels(self) -> int:
        """Pixels of all images of a step."""
        return self.batch * self.height * self.width

    def __str__(self) -> str:
        return f'{self.form}, {self.batch} x {self.height} x {self.width}'


def check_case(case: Case) -> None:
    """Check that this machine can measure a case.

    Raises:
        InputError: If a setting is out of range, or two do not go together;
            the message names the option.
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
    conflicts = (
        (case.tf32 and not cuda, '--tf32 needs --device cuda, got --device '
         f'{case.device}'),
        (case.cuda_graph and not cuda, '--cuda-graph needs --device cuda, got '
         f'--device {case.device}'),
        (case.runtime != 'auto' and not case.deployed,
         '--runtime needs --deploy'),
        (case.deploy_steps is not None and not case.deployed,
         '--steps needs --deploy'),
        (case.deployed and case.compiled,
         '--compile is for the plain form: use --deploy --runtime compile'),
        (case.runtime == 'cuda_graph' and case.cuda_graph,
         '--runtime cuda_graph records a CUDA graph already: leave out '
         '--cuda-graph'),
        (case.train and case.deployed,
         '--deploy is for inference: leave it or --train out'),
        (case.train and case.cuda_graph,
         '--cuda-graph is for inference: leave it or --train out'),
        (case.train and case.amp == 'fp16' and not cuda,
         '--train --amp-dtype fp16 needs --device cuda; on CPUs use bf16'),
    )
    for conflict, message in conflicts:
        if conflict:
            raise InputError(message)


def _with_runtime(case: Case) -> Case:
    """Return a case whose runtime ``'auto'`` is replaced by its choice.

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
    """Return the same case in its plain form: float32, nothing rewritten."""
    return dataclasses.replace(
        case, deployed=False, runtime='auto', deploy_steps=None,
        compiled=False, amp=None, channels_last=False, tf32=False,
        cuda_graph=False)


def all_cases(case: Case, shapes: Iterable[Sequence[int]],
              batches: Sequence[int], with_plain: bool) -> list[Case]:
    """Return the cases of a benchmark, ordered by shape, then batch.

    Args:
        case (Case): The settings that all cases share; a runtime ``'auto'``
            is replaced by its choice.
        shapes (Iterable[Sequence[int]]): Height and width of each input, or
            the side of a square, in pixels.
        batches (Sequence[int]): Images per step.
        with_plain (bool): Whether the plain form precedes each case.

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
    return [_with_runtime(one) for one in cases]
