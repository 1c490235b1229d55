"""Hook that draws the curves of evaluations."""
from __future__ import annotations

import os.path as osp
from typing import Any

import mmcv
from mmengine.dist import is_main_process
from mmengine.evaluator import Evaluator
from mmengine.hooks import Hook
from mmengine.runner import BaseLoop, IterBasedTrainLoop, Runner
from mmengine.visualization import LocalVisBackend
from mmseg.registry import HOOKS

from ... import visualization
from ...evaluation import FA_NAMES, IRSTDMetric


@HOOKS.register_module()
class IRSTDCurveHook(Hook):
    """Draw the curves of the evaluations of a run.

    The files of :func:`write_curves` are written to ``OUT_DIR/val_epoch_5``
    (``val_iter_4000`` if training counts iterations, ``val`` outside
    training) and ``OUT_DIR/test``. The figures are also sent to the
    visualizer's backends, such as TensorBoard, as ``val/roc_target`` and so
    on. With several metrics, each has a subfolder named by its prefix.

    Args:
        interval (int): During training, draw every ``interval``-th validation
            and the last one. Defaults to 5.
        out_dir (str, optional): Output folder; None for the folder ``curves``
            beside the log. Defaults to None.
        fa (str): False alarms to draw: ``'Fa'``, ``'Fa_component'`` or
            ``'Fa_pixel'``. Defaults to ``'Fa'``.

    Raises:
        ValueError: If an argument is outside its values.
    """

    def __init__(self,
                 interval: int = 5,
                 out_dir: str | None = None,
                 fa: str = 'Fa') -> None:
        if interval < 1:
            raise ValueError(f'interval must be at least 1, got {interval}')
        if fa not in FA_NAMES:
            raise ValueError(f'fa must be one of {FA_NAMES}, got {fa!r}')
        self.interval = interval
        self.out_dir = out_dir
        self.fa = fa
        self._validations = 0
        self._told = False

    def after_val_epoch(self,
                        runner: Runner,
                        metrics: dict[str, float] | None = None) -> None:
        """Draw the curves of a validation if it is due."""
        # runner.train_loop would build the loop with its training data.
        loop: Any = runner._train_loop
        if not isinstance(loop, BaseLoop):
            self._draw(runner, runner.val_loop.evaluator, 'val', 'val', 0)
            return
        self._validations += 1
        last = loop.iter >= loop.max_iters
        if not last and self._validations % self.interval:
            return
        unit, step = 'epoch', loop.epoch
        if isinstance(loop, IterBasedTrainLoop):
            unit, step = 'iter', loop.iter
        self._draw(runner, runner.val_loop.evaluator, 'val',
                   f'val_{unit}_{step}', step)

    def after_test_epoch(self,
                         runner: Runner,
                         metrics: dict[str, float] | None = None) -> None:
        """Draw the curves of a test."""
        self._draw(runner, runner.test_loop.evaluator, 'test', 'test', 0)

    def _draw(self, runner: Runner, evaluator: Evaluator, mode: str,
              name: str, step: int) -> None:
        """Draw the results of an evaluation, ``'val'`` or ``'test'``.

        ``name`` is the folder below ``out_dir``.
        """
        if not is_main_process():
            return
        results = {
            metric.prefix or '': metric.result
            for metric in evaluator.metrics
            if isinstance(metric, IRSTDMetric) and metric.result is not None
            and not visualization.missing_curves(metric.result, self.fa)
        }
        if not results and not self._told:
            self._told = True
            runner.logger.info('IRSTDCurveHook: no curves to draw; they come '
                               'from an IRSTDMetric with thresholds')
        out_dir = self.out_dir or osp.join(runner.log_dir, 'curves')
        for prefix, result in results.items():
            part = prefix if len(results) > 1 else ''
            title = ' '.join(filter(None, (part, name.replace('_', ' '))))
            paths = visualization.write_curves(
                {title: result}, osp.join(out_dir, name, part), self.fa)
            for path in paths:
                if path.endswith('.png'):
                    curve = osp.splitext(osp.basename(path))[0]
                    _add_image(runner, '/'.join(
                        filter(None, (mode, part, curve))), path, step)


def _add_image(runner: Runner, name: str, path: str, step: int) -> None:
    """Send a picture to all backends but those that write files."""
    image = mmcv.imread(path, channel_order='rgb')
    for backend in runner.visualizer._vis_backends.values():
        if not isinstance(backend, LocalVisBackend):
            backend.add_image(name, image, step)
