"""Hooks that the tools add to configs of any model."""
from __future__ import annotations

from typing import Any

from mmengine.config import Config


def hook_name(hook: Any) -> str:
    """Return the name of a hook's class.

    Args:
        hook (object): A hook, or its settings. Their type is a class or a
            name, which may have a scope (``mmengine.EMAHook``).

    Returns:
        str: The name without scope and module.
    """
    kind = hook.get('type') if isinstance(hook, dict) else type(hook)
    return str(getattr(kind, '__name__', kind)).rpartition('.')[2]


def add_hooks(cfg: Config, *names: str) -> None:
    """Add custom hooks that a config does not have yet.

    Args:
        cfg (Config): Config of a run; changed in place.
        *names (str): Class names of the hooks.
    """
    hooks = list(cfg.get('custom_hooks') or ())
    # Default hooks may be any hooks, too.
    named = (cfg.get('default_hooks') or {}).values()
    present = {hook_name(hook) for hook in (*hooks, *named)}
    cfg.custom_hooks = hooks + [
        dict(type=name) for name in names if name not in present
    ]


def add_run_hooks(cfg: Config) -> None:
    """Add the hooks of every training and test run.

    - :class:`RunRecordHook` records the training run and, in testing, compares
      its data with the test data.
    - :class:`FiniteLossHook` stops at losses that are not finite.
    - :class:`MemoryHook` explains out-of-memory errors.
    - :class:`SegmentorCheckHook` stops at losses that do not suit the head.
    - :class:`BatchSizeHook` stops at batch sizes that would fail later.

    Args:
        cfg (Config): Config of any mmseg model; changed in place.
    """
    add_hooks(cfg, 'RunRecordHook', 'FiniteLossHook', 'MemoryHook',
              'SegmentorCheckHook', 'BatchSizeHook')
