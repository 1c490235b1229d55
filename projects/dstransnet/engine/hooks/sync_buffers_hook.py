"""Equal statistics in all processes, also of a running mean of the weights."""
from __future__ import annotations

from mmengine.dist import all_reduce_params
from mmengine.hooks import EMAHook, SyncBuffersHook
from mmengine.runner import Runner
from mmseg.registry import HOOKS


@HOOKS.register_module()
class SyncAllBuffersHook(SyncBuffersHook):
    """Average the buffers of the model, and of :class:`EMAHook`'s mean of it.

    Without the second, each process would validate with statistics of its
    own share of the data, and the file would have those of the first.
    """

    def after_train_epoch(self, runner: Runner) -> None:
        """Average over the processes."""
        super().after_train_epoch(runner)
        if not self.distributed:
            return
        for hook in runner.hooks:
            if isinstance(hook, EMAHook):
                all_reduce_params(hook.ema_model.buffers(), op='mean')
