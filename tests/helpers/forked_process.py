"""What a process that has just been forked must not use of its parent."""
import torch
from mmengine.utils import ManagerMixin


def begin() -> None:
    """Let go of what does not work on this side of a fork.

    Threads of the parent's pools do not exist here. Neither do those of
    mmengine's global instances: a run that asks for a visualizer of the name
    that a run of the parent had gets that one, and would wait forever for the
    thread which writes its TensorBoard file.
    """
    torch.set_num_threads(1)
    _forget_instances(ManagerMixin)


def _forget_instances(manager: type) -> None:
    for kind in manager.__subclasses__():
        kind._instance_dict.clear()
        _forget_instances(kind)
