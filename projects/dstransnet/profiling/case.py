"""What is measured: one network in one form at one size."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch

from ..utils.dtypes import MIXED_DTYPES


@dataclass(frozen=True)
class Case:
    """One network, in one form, on one input; a row of the table.

    Args:
        config (str): Path of the config.
        height (int): Height of the input in pixels.
        width (int): Width of the input in pixels.
        options (dict): Settings that override the config. Defaults to {}.
        checkpoint (str, optional): Path of the weights; None for the initial
            ones. Defaults to None.
        batch (int): Images a step. Defaults to 1.
        device (str): Such as ``'cpu'`` or ``'cuda:0'``. Defaults to
            ``'cpu'``.
        threads (int, optional): Threads of the operators on CPUs; None for
            PyTorch's own choice. Defaults to None.
        train (bool): Whether a step is a training step. Defaults to False.
        deployed (bool): Whether the network is rewritten by ``deploy``.
            Defaults to False.
        runtime (str): What then runs it, as of ``deploy``. Defaults to
            ``'auto'``.
        deploy_steps (tuple[str, ...], optional): Steps of ``deploy`` to
            apply; None for all. Defaults to None.
        compiled (bool): Whether by ``torch.compile``. Defaults to False.
        amp (str, optional): ``'bf16'``, ``'fp16'`` or None for float32.
            Defaults to None.
        channels_last (bool): Whether maps lie in memory as (N, H, W, C).
            Defaults to False.
        tf32 (bool): Whether CUDA may round factors of products to
            TensorFloat-32. Defaults to False.
        cuda_graph (bool): Whether inference is replayed from a CUDA graph.
            Defaults to False.
        warmup (int): Steps before timing whose peak memory counts, 1 or more;
            others go before them. Defaults to 3.
        repeats (int): Timed steps, 1 or more. Defaults to 10.
        max_seconds (float): Timing stops after that many seconds, with at
            least 3 steps (or ``repeats``). Defaults to 60.
        profile (bool): Whether operators are measured too. Defaults to
            False.
    """

    config: str
    height: int
    width: int
    options: dict[str, Any] = field(default_factory=dict)
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
        parts = ['deployed' if self.deployed else 'plain']
        parts += [self.runtime] if self.runtime != 'auto' else []
        if self.deploy_steps is not None:
            parts.append(f'({"+".join(self.deploy_steps) or "no steps"})')
        parts += [self.amp] if self.amp else []
        parts += [
            name for name, used in (('channels-last', self.channels_last),
                                    ('tf32', self.tf32),
                                    ('compiled', self.compiled),
                                    ('CUDA graph', self.cuda_graph)) if used
        ]
        return ' '.join(parts)

    @property
    def dtype(self) -> torch.dtype:
        """Type of convolutions and products."""
        return torch.float32 if self.amp is None else MIXED_DTYPES[self.amp]

    @property
    def compiles(self) -> bool:
        """Whether the first step makes something for all others."""
        return self.compiled or (self.deployed and self.runtime in (
            'compile', 'cuda_graph', 'openvino'))

    @property
    def pixels(self) -> int:
        """Pixels of all images of a step."""
        return self.batch * self.height * self.width

    def __str__(self) -> str:
        return f'{self.form}, {self.batch} x {self.height} x {self.width}'
