"""Models that are trained on one dataset and tested on others."""
from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path

from mmengine.config import Config

from ..evaluation import EvaluationResult, format_metric
from ..utils.errors import InputError
from .models import Model

_TRAINING = ('train_dataloader', 'val_dataloader', 'val_evaluator')
_TEST = ('test_dataloader', 'test_evaluator')


def read_datasets(paths: Sequence[str]) -> dict[str, Config]:
    """Read dataset configs, such as those of ``configs/_base_/datasets``.

    Args:
        paths (Sequence[str]): Their files.

    Returns:
        dict[str, Config]: By the names of the files.

    Raises:
        InputError: If a file is missing, or has no train and test data or no
            ``dataset_preprocessor``.
    """
    found = {}
    for path in paths:
        if not Path(path).is_file():
            raise InputError(f'--datasets: no file {path}')
        cfg = Config.fromfile(path)
        for key in (*_TRAINING, *_TEST, 'dataset_preprocessor'):
            if key not in cfg:
                raise InputError(f'--datasets: {path}: expected a config with '
                                 f'{key}')
        found[Path(path).stem] = cfg
    return found


def trained_on(cfg: Config, dataset: Config) -> Config:
    """Return a config with the data of a dataset, and its normalisation.

    The batch stays.

    Args:
        cfg (Config): Config of a model.
        dataset (Config): See :func:`read_datasets`.
    """
    batch = cfg.train_dataloader.batch_size
    cfg = tested_on(cfg, dataset)
    for key in _TRAINING:
        cfg[key] = copy.deepcopy(dataset[key])
    cfg.train_dataloader.batch_size = batch
    cfg.model.data_preprocessor.update(
        copy.deepcopy(dataset.dataset_preprocessor))
    return cfg


def tested_on(cfg: Config, dataset: Config) -> Config:
    """Return a config with the test data of a dataset.

    The normalisation stays that of the training.

    Args:
        cfg (Config): Config of a model.
        dataset (Config): See :func:`read_datasets`.
    """
    cfg = copy.deepcopy(cfg)
    for key in _TEST:
        cfg[key] = copy.deepcopy(dataset[key])
    return cfg


def cross_models(models: Sequence[Model], configs: Sequence[Config],
                 datasets: Mapping[str, Config], folder: Path) -> list[Model]:
    """Return a model for each one without weights and each dataset.

    Args:
        models (Sequence[Model]): The models.
        configs (Sequence[Config]): Their configs.
        datasets (Mapping[str, Config]): By name.
        folder (Path): For the configs of the new models.

    Returns:
        list[Model]: Models with weights as they are, the others once for each
        dataset, called ``'MODEL (DATASET)'``.
    """
    found = []
    for model, cfg in zip(models, configs):
        if model.checkpoint is not None:
            found.append(model)
            continue
        for name, dataset in datasets.items():
            path = folder / f'{model.name}_{name}.py'
            path.parent.mkdir(parents=True, exist_ok=True)
            trained_on(cfg, dataset).dump(path)
            found.append(Model(f'{model.name} ({name})', str(path)))
    return found


def cross_table(results: Mapping[str, EvaluationResult],
                cells: Mapping[str, Mapping[str, str]],
                metric: str = 'IoU') -> str:
    """Return a metric of models (rows) on datasets (columns) as Markdown.

    Args:
        results (Mapping[str, EvaluationResult]): Results by run.
        cells (Mapping[str, Mapping[str, str]]): The run of each model and
            dataset.
        metric (str): Its name. Defaults to ``'IoU'``.

    Examples:
        >>> print(cross_table(dict(a=EvaluationResult(dict(IoU=50.))),
        ...                   dict(net=dict(A='a', B='b'))), end='')
        | IoU: trained / tested | A | B |
        |---|---|---|
        | net | 50.00 |  |
    """
    columns = list(dict.fromkeys(
        name for runs in cells.values() for name in runs))
    rows = [[model, *(
        format_metric(metric, results[runs[name]].metrics[metric])
        if runs.get(name) in results else '' for name in columns)]
        for model, runs in cells.items()]
    lines = [[f'{metric}: trained / tested', *columns], *rows]
    text = [f'| {" | ".join(line)} |' for line in lines]
    text.insert(1, '|---' * (len(columns) + 1) + '|')
    return '\n'.join(text) + '\n'
