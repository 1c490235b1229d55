"""Results in the metafiles of the configs, and tables made of them.

A result in ``configs/*/metafile.yaml`` has OpenMMLab's keys ``Task``,
``Dataset`` and ``Metrics``, and those that make it comparable: ``Source``
('measured' by this project's tools or 'published' by others),
``Test Images``, ``Size`` (of the images at which metrics are taken), a
``Note``, 95 % ``Intervals`` of the metrics and the costs: ``Parameters (M)``,
``GMACs`` of an image of the config's size and ``Training Resources``. IoU,
nIoU and Pd are in %, Fa in 1e-6.
"""
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from mmengine.config import Config

from ..datasets import BENCHMARK_DATASETS
from ..evaluation import EvaluationResult
from ..profiling.macs import network_cost
from ..utils.config import input_size, leaf_settings, split_settings
from ..utils.errors import InputError

TASK = 'Infrared Small Target Detection'
SOURCES = ('measured', 'published')
METRICS = ('IoU', 'nIoU', 'Pd', 'Fa')
COST_KEYS = ('Parameters (M)', 'GMACs', 'Training Resources')
_BLOCK = re.compile(
    r'(<!-- leaderboard: (.+?) -->\n).*?(<!-- end -->)', re.DOTALL)


@dataclass(frozen=True)
class Row:
    """One result of a model.

    Attributes:
        name (str): Name of the network.
        config (str): Path of its config below the project's folder.
        dataset (str): Name of the dataset.
        source (str): One of ``SOURCES``.
        metrics (dict[str, float]): Those of ``METRICS`` that are known, and
            others.
        images (int): Number of test images.
        size (str): Size of the images at which metrics are taken.
        note (str): What else has to be known.
        intervals (dict[str, Sequence[float]]): 95 % intervals of those
            metrics for which they are known.
        costs (dict[str, Any]): Those of ``COST_KEYS`` that are known.
    """
    name: str
    config: str
    dataset: str
    source: str
    metrics: dict[str, float]
    images: int
    size: str
    note: str
    intervals: dict[str, Sequence[float]] = field(default_factory=dict)
    costs: dict[str, Any] = field(default_factory=dict)

    def cells(self, prefix: str) -> list[str]:
        """Return the cells of a table on a page at this path to the root."""
        costs = [self.costs.get(name, '') for name in COST_KEYS]
        costs = [cost if isinstance(cost, str) else f'{cost:.2f}'
                 for cost in costs]
        return [f'[{self.name}]({prefix}{self.config})',
                f'{self.images}, {self.size}',
                *map(self._value, METRICS),
                *(costs if self.source == 'measured' else ()),
                self.note.replace('|', r'\|')]

    def _value(self, name: str) -> str:
        if name not in self.metrics:
            return ''
        value = f'{self.metrics[name]:.2f}'
        if name not in self.intervals:
            return value
        low, high = self.intervals[name]
        return f'{value} [{low:.1f}, {high:.1f}]'


def read_rows(root: Path) -> list[Row]:
    """Return the results in all metafiles of ``model-index.yml``.

    Args:
        root (Path): The project's folder.

    Raises:
        InputError: If a result lacks one of the keys; the message names the
            file and the model.
    """
    index = yaml.safe_load((root / 'model-index.yml').read_text())
    rows = []
    for path in index['Import']:
        for model in yaml.safe_load((root / path).read_text())['Models']:
            for result in model.get('Results', ()):
                try:
                    rows.append(_row(model, result))
                except KeyError as error:
                    raise InputError(f'{path}: {model["Name"]}: expected a '
                                     f'result with {error}') from error
    return rows


def _row(model: dict, result: dict) -> Row:
    if result['Source'] not in SOURCES:
        raise InputError(f'{model["Name"]}: expected a Source of '
                         f'{" or ".join(SOURCES)}, got {result["Source"]}')
    names = model.get('Metadata', {}).get('Architecture')
    return Row(names[0] if names else model['In Collection'], model['Config'],
               result['Dataset'], result['Source'], result['Metrics'],
               result['Test Images'], result['Size'], result.get('Note', ''),
               result.get('Intervals', {}),
               {name: result[name] for name in COST_KEYS if name in result})


def leaderboard_table(rows: Sequence[Row], dataset: str, source: str,
                      prefix: str = '') -> str:
    """Return the results on a dataset as a Markdown table, best IoU first.

    Args:
        rows (Sequence[Row]): Results.
        dataset (str): Name of the dataset.
        source (str): One of ``SOURCES``; tables of measured results have
            columns of the costs too.
        prefix (str): Path from the page to the project's folder, with a
            slash at the end. Defaults to ''.

    Raises:
        InputError: If there is no such result.
    """
    chosen = [row for row in rows
              if (row.dataset, row.source) == (dataset, source)]
    if not chosen:
        raise InputError(f'leaderboard: no {source} result on {dataset}')
    chosen.sort(key=lambda row: -row.metrics.get('IoU', 0))
    costs = ['parameters, M', 'GMACs', 'training']
    head = ['network', 'test images, size', 'IoU %', 'nIoU %', 'Pd %',
            'Fa 1e-6', *(costs if source == 'measured' else ()), 'note']
    lines = [head, ['---'] * len(head), *(row.cells(prefix) for row in chosen)]
    return ''.join('| ' + ' | '.join(cells) + ' |\n' for cells in lines)


def with_tables(text: str, rows: Sequence[Row], prefix: str = '') -> str:
    """Return a page with its tables made anew.

    A table stands between the lines ``<!-- leaderboard: DATASET SOURCE -->``
    and ``<!-- end -->``, with one of ``SOURCES``. ``prefix`` is that of
    :func:`leaderboard_table`.

    Raises:
        InputError: If the first line has no source.

    Examples:
        >>> row = Row('A', 'a.py', 'SIRST', 'measured', dict(IoU=50.), 86,
        ...           'file', '', dict(IoU=(40.12, 60.)), {'GMACs': 2.1})
        >>> page = '<!-- leaderboard: SIRST measured -->\\n<!-- end -->\\n'
        >>> print(with_tables(page, [row]).split('\\n')[3])
        | [A](a.py) | 86, file | 50.00 [40.1, 60.0] |  |  |  |  | 2.10 |  |  |
    """
    def fill(match: re.Match) -> str:
        begin, words, end = match.groups()
        dataset, _, source = words.rpartition(' ')
        if source not in SOURCES:
            raise InputError('leaderboard: expected a dataset and '
                             f'{" or ".join(SOURCES)}, got {words}')
        return begin + leaderboard_table(rows, dataset, source, prefix) + end

    return _BLOCK.sub(fill, text)


def add_result(root: Path, config: str, result: EvaluationResult,
               weights: str | None = None, note: str = '',
               training: str | None = None) -> Path:
    """Write a measured result into the metafile of its config's folder.

    It replaces a former one of that config and dataset with the same note.
    The network's parameters and operations, those of all views of test-time
    augmentation, are written too.

    Args:
        root (Path): The project's folder.
        config (str): Path of the config below it.
        result (EvaluationResult): What ``tools/test.py --out`` wrote.
        weights (str, optional): Path or address of the weights. Defaults to
            None.
        note (str): What else has to be known, such as the epochs. Defaults
            to ''.
        training (str, optional): What the training took, such as '45 min,
            1 core'. Defaults to None: that of the row that is replaced.

    Returns:
        Path: The metafile.

    Raises:
        InputError: If the folder of the config has no metafile, the file has
            no model of that config, or the result is of another config or of
            some of the test images, or lacks one of ``METRICS``.
    """
    path = root / Path(config).with_name('metafile.yaml')
    if not path.is_file():
        raise InputError(f'{config}: no {path.name} in its folder')
    content = yaml.safe_load(path.read_text())
    models = [model for model in content['Models']
              if model['Config'] == config]
    if not models:
        raise InputError(f'{path}: expected a model with Config: {config}')
    missing = [name for name in METRICS if name not in result.metrics]
    if missing:
        raise InputError('leaderboard: expected a result with '
                         f'{", ".join(METRICS)}, got none of '
                         f'{", ".join(missing)}')
    tested = result.settings.get('config')
    if tested != Path(config).stem:
        raise InputError(
            f'leaderboard: expected a result of {config}, as tools/test.py '
            f'--out writes it, got one of {tested or "no config"}')
    cfg = Config.fromfile(root / config)
    kind = BENCHMARK_DATASETS.get(evaluated_dataset(cfg))
    known = [] if kind is None else sorted({
        kind.published_counts(layout.name).get('test', 0)
        for layout in kind.LAYOUTS})
    if known and result.num_images not in known:
        raise InputError('leaderboard: expected a result of all '
                         f'{" or ".join(map(str, known))} test images, got '
                         f'one of {result.num_images}')
    intervals = {name: [round(end, 1) for end in result.intervals[name]]
                 for name in METRICS if name in result.intervals}
    entry: dict[str, Any] = dict(
        Task=TASK,
        Dataset=evaluated_dataset(cfg),
        Metrics={name: round(result.metrics[name], 2) for name in METRICS},
        Source='measured',
        **({'Intervals': intervals} if intervals else {}),
        **{'Test Images': result.num_images},
        Size=evaluation_size(cfg),
        **({'Note': note} if note else {}))
    results = models[0].setdefault('Results', [])
    keys = [(each['Dataset'], each['Source'], each.get('Note', ''))
            for each in results]
    key = (entry['Dataset'], entry['Source'], note)
    if key not in keys:
        keys.append(key)
        results.append({})
    place = keys.index(key)
    gmacs, parameters = network_cost(cfg, bool(result.settings.get('tta')))
    costs = (round(parameters, 2), round(gmacs, 2),
             training or results[place].get('Training Resources'))
    entry.update(
        {name: cost for name, cost in zip(COST_KEYS, costs) if cost})
    results[place] = entry
    if weights is not None:
        models[0]['Weights'] = weights
    path.write_text(yaml.safe_dump(content, sort_keys=False, width=79))
    return path


def evaluated_dataset(cfg: Config) -> str:
    """Return the name of the dataset that a config tests on."""
    names = {kind.__name__: name for name, kind in BENCHMARK_DATASETS.items()}
    return ' + '.join(names.get(each.type, each.type) for each in
                      leaf_settings(split_settings(cfg, 'test')))


def evaluation_size(cfg: Config) -> str:
    """Return the size at which a config's metrics are taken.

    Examples:
        >>> def config(*steps):
        ...     return Config(dict(test_dataloader=dict(dataset=dict(
        ...         type='SIRSTDataset', pipeline=steps))))
        >>> evaluation_size(config(dict(type='Resize', scale=(320, 256)),
        ...                        dict(type='EvaluateAtInputSize')))
        '256 x 320'
        >>> evaluation_size(config(dict(type='LoadIRSTDMask')))
        'file'
    """
    steps = next(leaf_settings(split_settings(cfg, 'test'))).pipeline
    if all(step.type != 'EvaluateAtInputSize' for step in steps):
        return 'file'
    return '{} x {}'.format(*input_size(cfg))
