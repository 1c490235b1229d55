from types import SimpleNamespace

import torch
from helpers.forked_ranks import group, on_ranks
from mmengine.hooks import EMAHook
from torch import nn

from projects.dstransnet.engine.hooks import SyncAllBuffersHook


@group
def averaged() -> list[float]:
    """Return the running means of a model and of its mean after an epoch."""
    model = nn.BatchNorm2d(1)
    ema = EMAHook(momentum=0.5, update_buffers=True)
    hook = SyncAllBuffersHook()
    runner = SimpleNamespace(model=model, hooks=[hook, ema], iter=0)
    ema.before_run(runner)
    rank = torch.distributed.get_rank()
    model(torch.full((1, 1, 2, 2), 10. * (rank + 1)))
    for _ in range(2):  # the first takes the model as it is
        ema.after_train_iter(runner, 0)
    hook.after_train_epoch(runner)
    return [model.running_mean.item(), ema.ema_model.module.running_mean.item()
            ]


def test_all_processes_have_the_same_statistics():
    first, second = on_ranks(2, averaged)
    assert first == second == [1.5, 1.5]


def test_one_process_stays_as_it_is():
    model = nn.BatchNorm2d(1)
    SyncAllBuffersHook().after_train_epoch(
        SimpleNamespace(model=model, hooks=[EMAHook()]))
    assert model.running_mean.item() == 0
