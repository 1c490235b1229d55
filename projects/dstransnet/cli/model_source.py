"""Names of shipped weights and configs in place of files."""
from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from ..models.shipped_weights import config_path, list_weights


def resolve_model(args: argparse.Namespace) -> None:
    """Replace names among the arguments of a command by files.

    - A name of shipped weights becomes their config and checkpoint.
    - The name of a config of this project becomes its path, wherever the
      package is installed.

    Args:
        args (Namespace): With ``config``, and ``checkpoint`` where the
            command has one; changed in place.
    """
    row = list_weights().get(args.config)
    if row is None:
        args.config = config_path(args.config)
        return
    args.config = str(row.config)
    if getattr(args, 'checkpoint', '') is None:
        args.checkpoint = str(row.file)


def split_model(words: Sequence[str]
                ) -> tuple[str, str | None, list[str]]:
    """Split the model off the front of arguments.

    Args:
        words (Sequence[str]): Inputs. In front of them may be a name of
            shipped weights, or a config with a checkpoint where it has one.

    Returns:
        tuple[str, str | None, list[str]]: Paths of config and checkpoint, and
        the inputs. Without a model it is that of the first shipped weights.
    """
    known = list_weights()
    first, *inputs = words
    if first not in known and Path(config_path(first)).suffix != '.py':
        first, inputs = next(iter(known)), list(words)
    args = argparse.Namespace(config=first, checkpoint=None)
    if inputs and Path(inputs[0]).suffix in ('.pth', '.safetensors'):
        args.checkpoint = inputs.pop(0)
    resolve_model(args)
    return args.config, args.checkpoint, inputs
