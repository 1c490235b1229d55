#!/usr/bin/env python
"""Measure the images and targets of a config's datasets, on their files.

    python tools/analysis_tools/dataset_stats.py CONFIG
        [--split train|val|test ...] [--out DIR] [--cfg-options KEY=VALUE ...]

--out writes:
    DIR/stats.json, stats.csv   the table that is printed
    DIR/images.csv              size, mean and deviation of each image
    DIR/targets.csv             place, area, contrast, mask shift of targets
    DIR/histograms.png
"""
import argparse
import csv
import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from mmengine.registry import init_default_scope
from prettytable import PrettyTable

from projects.dstransnet import cli
from projects.dstransnet.datasets.statistics import (
    UNITS,
    ImageStatistics,
    TargetStatistics,
    measure_split,
    summarize,
)
from projects.dstransnet.utils.config import (
    SPLITS,
    split_settings,
)
from projects.dstransnet.utils.errors import InputError
from projects.dstransnet.visualization.histograms import (
    draw_histograms,
)

Splits = Mapping[str, Sequence[ImageStatistics]]


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description='Measure a dataset')
    parser.add_argument('config', help='config file')
    parser.add_argument('--split', nargs='+', choices=SPLITS,
                        default=['train', 'test'],
                        help='of the config; default: train test')
    parser.add_argument('--out', metavar='DIR', type=Path,
                        help='write tables and histograms there')
    cli.add_settings_argument(parser)
    # What the config of a run has beyond these.
    parser.set_defaults(work_dir=None, launcher='none', local_rank=0)
    return parser.parse_args()


def rows(splits: Splits) -> list[list]:
    """Return name, unit and values of everything that is measured."""
    summaries = [summarize(images) for images in splits.values()]
    if len(splits) > 1:
        # An image that two splits have counts once.
        together = {image.path: image for images in splits.values()
                    for image in images}
        summaries.append(summarize(list(together.values())))
    return [[name, unit, *(summary[name] for summary in summaries)]
            for name, unit in UNITS.items()]


def shown(value: float | None) -> str:
    if value is None:
        return '-'
    return str(value) if isinstance(value, int) else f'{value:.4g}'


def write_csv(path: Path, header: Sequence[str], lines: list) -> None:
    with open(path, 'w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file)
        writer.writerows([header, *lines])


def write(folder: Path, splits: Splits, columns: list[str],
          table: list[list]) -> None:
    """Write tables and histograms."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f'--out: cannot write there ({error})') from error
    summaries = {
        column: {row[0]: row[2 + number] for row in table}
        for number, column in enumerate(columns)
    }
    (folder / 'stats.json').write_text(
        json.dumps(dict(units=UNITS, splits=summaries), indent=2) + '\n')
    write_csv(folder / 'stats.csv', ['measure', 'unit', *columns], table)
    *of_image, _ = (
        field.name for field in dataclasses.fields(ImageStatistics))
    of_target = [field.name for field in dataclasses.fields(TargetStatistics)]
    images = [(split, image) for split, images in splits.items()
              for image in images]
    write_csv(folder / 'images.csv', ['split', *of_image, 'targets'],
              [[split, *(getattr(image, name) for name in of_image),
                len(image.targets)] for split, image in images])
    write_csv(folder / 'targets.csv', ['split', 'path', *of_target],
              [[split, image.path, *dataclasses.astuple(target)]
               for split, image in images for target in image.targets])
    draw_histograms(splits).savefig(folder / 'histograms.png', dpi=120)


def main() -> None:
    args = parse_args()
    with cli.one_line_errors():
        cli.check_folder('--out', args.out)
        cfg = cli.load_config(args)
        init_default_scope('mmseg')
        splits = {
            split: list(measure_split(split_settings(cfg, split)))
            for split in dict.fromkeys(args.split)
        }
        columns = [*splits, 'together'] if len(splits) > 1 else list(splits)
        lines = rows(splits)
        table = PrettyTable(['measure', 'unit', *columns], align='r')
        table.align['measure'] = table.align['unit'] = 'l'
        for name, unit, *values in lines:
            table.add_row([name, unit, *map(shown, values)])
        print(table)
        if args.out is not None:
            write(args.out, splits, columns, lines)
            print(f'Written to {args.out}')


if __name__ == '__main__':
    main()
