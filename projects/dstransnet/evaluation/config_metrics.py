"""The IRSTDMetric of a config, and its rules."""
from __future__ import annotations

from mmengine.config import Config, ConfigDict

from ..utils.errors import InputError
from .protocol import EvaluationProtocol


def irstd_metrics(cfg: Config, split: str = 'test') -> list[ConfigDict]:
    """Return the settings of each IRSTDMetric of a config.

    Args:
        split (str): ``'test'`` or ``'val'``. Defaults to ``'test'``.
    """
    evaluator = cfg.get(f'{split}_evaluator')
    metrics = evaluator if isinstance(evaluator, list) else [evaluator]
    return [metric for metric in metrics
            if metric is not None and metric.get('type') == 'IRSTDMetric']


def metric_protocol(cfg: Config) -> EvaluationProtocol | None:
    """Return the protocol of a config's IRSTDMetric, None without one.

    Raises:
        InputError: If a setting of the metric is outside its values.
    """
    for metric in irstd_metrics(cfg):
        try:
            return EvaluationProtocol.of_settings(metric)
        except (TypeError, ValueError) as error:
            raise InputError(f'test_evaluator: {error}') from error
    return None
