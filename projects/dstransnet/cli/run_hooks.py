"""Hooks that the tools add to configs of any model."""
from __future__ import annotations

from typing import Any

from mmengine.config import Config


def hook_name(hook: Any) -> str:
    """Return the name of a hook's class.

    Args:
        hook (object): A hook, or its settings, whose type is a class or its
            name, with the scope of a registry (``mmengine.EMAHook``) or not.

    Returns:
        str: Without scope and module.
    """
    kind = hook.get('type') if isinstance(hook, dict) else type(hook)
    return str(getattr(kind, '__name__', kind)).rpartition('.')[2]


def add_hooks(cfg: Config, *names: str) -> None:
    """Add custom hooks to a config, those that it does not have yet.

    Args:
        cfg (Config): Of a run; changed in place.
        *names (str): Classes of the hooks.
    """
    hooks = list(cfg.get('custom_hooks') or ())
    # mmengine registers what a config adds to its default hooks, too.
    named = (cfg.get('default_hooks') or {}).values()
    present = {hook_name(hook) for hook in (*hooks, *named)}
    cfg.custom_hooks = hooks + [
        dict(type=name) for name in names if name not in present
    ]


def add_run_hooks(cfg: Config) -> None:
    """Add the hooks of every run, in training and testing.

    :class:`RunRecordHook` writes the record of training and compares the data
    in testing, :class:`FiniteLossHook` stops at losses that are no numbers,
    :class:`MemoryHook` explains what memory did not suffice for,
    :class:`SegmentorCheckHook` stops at losses that are wrong for a head,
    :class:`BatchSizeHook` at batches that cannot be made.

    Args:
        cfg (Config): Of any mmseg model; changed in place.
    """
    add_hooks(cfg, 'RunRecordHook', 'FiniteLossHook', 'MemoryHook',
              'SegmentorCheckHook', 'BatchSizeHook')
