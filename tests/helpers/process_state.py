"""Isolation of runs that share one process or are forked from it."""
import contextlib
from collections import OrderedDict
from collections.abc import Iterator

import torch
from mmengine.utils import ManagerMixin


def _managers(kind: type = ManagerMixin) -> Iterator[type]:
    for child in kind.__subclasses__():
        yield child
        yield from _managers(child)


@contextlib.contextmanager
def no_global_instances() -> Iterator[None]:
    """Hide mmengine's global instances, such as visualizers and loggers.

    A run would otherwise reuse those of a run of the same name.
    """
    before = {kind: kind._instance_dict for kind in _managers()}
    for kind in before:
        kind._instance_dict = OrderedDict()
    try:
        yield
    finally:
        for kind, instances in before.items():
            kind._instance_dict = instances


def begin_fork() -> None:
    """Drop the state that does not work in a forked process.

    Threads of the parent's pools do not exist there, nor does the thread of
    a global visualizer that writes its TensorBoard file.
    """
    torch.set_num_threads(1)
    for kind in _managers():
        kind._instance_dict.clear()
