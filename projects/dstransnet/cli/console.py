"""Console of training and test runs: one line a step.

The log file keeps everything: environment, config, hooks and all losses.
"""
from __future__ import annotations

import logging
import re
from typing import Any

_STEP = re.compile(r'(Epoch|Iter)\((train|val|test)\)')
_FIELD = re.compile(r'(?<=\s)([^\s:]+): (\d+ days?, \S+|\S+)')
# Of a training step; losses of layers and times of parts are in the file.
_TRAINING = ('lr', 'eta', 'loss')
_VALIDATION = ('eta', 'IoU', 'nIoU', 'Pd', 'Fa', 'mIoU', 'mDice', 'aAcc')
# What mmengine says about itself.
_FRAMEWORK = re.compile('will be deprecated|Failed to search registry|'
                        'The prefix is not set')


def short_line(message: str) -> str:
    """Return a line of mmengine's LoggerHook with what people follow.

    Args:
        message (str): The whole line.

    Returns:
        str: Progress, time left, learning rate and loss, or the main
        metrics. Other lines stay as they are.

    Examples:
        >>> short_line('Epoch(train) [1][10/85]  lr: 1.0e-04  eta: 0:01:02  '
        ...            'time: 0.9  loss: 1.25  decode.loss_bce: 0.75')
        'Epoch(train) [1][10/85]  lr: 1.0e-04  eta: 0:01:02  loss: 1.25'
        >>> short_line('Iter(train) [ 2/9]  base_lr: 0.1 lr: 0.01  '
        ...            'eta: 1 day, 3:01:02  time: 1.0  loss: 1.25')
        'Iter(train) [ 2/9]  lr: 0.01  eta: 1 day, 3:01:02  loss: 1.25'
        >>> short_line('Epoch(val) [1][3/3]    irstd/IoU: 61.20  time: 0.1')
        'Epoch(val) [1][3/3]  IoU: 61.20'
    """
    step = _STEP.match(message)
    if step is None:
        return message
    fields = [(name.rpartition('/')[2], value)
              for name, value in _FIELD.findall(message)]
    wanted = _TRAINING if step[2] == 'train' else _VALIDATION
    kept = [each for each in fields if each[0] in wanted]
    start = _FIELD.split(message)[0].rstrip()
    return '  '.join([start, *(f'{name}: {value}'
                               for name, value in kept or fields)])


class _ShortFormatter(logging.Formatter):
    """Steps in short; warnings and errors with their level."""

    def format(self, record: logging.LogRecord) -> str:
        text = short_line(record.getMessage())
        if record.levelno >= logging.WARNING:
            return f'{record.levelname.lower()}: {text}'
        return text


def _concerns_people(record: logging.LogRecord) -> bool:
    """Tell whether a record belongs on the console."""
    message = record.getMessage()
    if record.levelno >= logging.WARNING:
        return _FRAMEWORK.search(message) is None
    return bool(_STEP.match(message)) or message.startswith('resumed epoch')


class _Quiet:
    """Mixin of runners: a console of one line a step."""

    def build_logger(self, *args: Any, **kwargs: Any) -> logging.Logger:
        logger = super().build_logger(*args, **kwargs)  # type: ignore[misc]
        for handler in logger.handlers:
            if not isinstance(handler, logging.FileHandler):
                handler.addFilter(_concerns_people)
                handler.setFormatter(_ShortFormatter())
        return logger


def quiet(kind: type) -> type:
    """Return a class of runners whose console has one line a step.

    Args:
        kind (type): mmengine's Runner or another class of runners.
    """
    return type(kind.__name__, (_Quiet, kind), {})
