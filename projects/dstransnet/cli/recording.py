"""Records of runs, for configs of any model."""
from __future__ import annotations

from mmengine.config import Config


def record_run(cfg: Config) -> None:
    """Give a config :class:`RunRecordHook`, unless it has one.

    In training it writes the record, in testing it compares the data.

    Args:
        cfg (Config): Of any mmseg model; changed in place.
    """
    hooks = list(cfg.get('custom_hooks') or ())
    names = [hook.get('type') if isinstance(hook, dict) else
             type(hook).__name__ for hook in hooks]
    if 'RunRecordHook' not in names:
        cfg.custom_hooks = [*hooks, dict(type='RunRecordHook')]
