#!/usr/bin/env python
"""Tiles against whole frames, on generated scenes.

    python tools/studies/compare_tiling.py CONFIG CHECKPOINT
        [--frames N] [--size W H] [--tile SIZE] [--tile-overlap PIXELS]
        [--json FILE] [--memory] ...

IoU, Pd and Fa of both; the pixels on which they disagree; and how often both
are wrong near the edges of tiles, where tiles overlap, and inside of them.
With --json FILE frames that are in FILE already are not computed again, so
that a study may be done in parts.
"""
import argparse
import dataclasses
import json
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np
from mmengine.config import Config
from prettytable import PrettyTable

from projects.dstransnet import cli
from projects.dstransnet.checkpoint.trust import (
    FileIdentity,
    trusted_files,
    trusting_files,
)
from projects.dstransnet.datasets import (
    SceneConfig,
    synthesize_scene,
)
from projects.dstransnet.evaluation import (
    DetectionCounts,
    EvaluationProtocol,
    mean_image_iou,
    pooled_metrics,
)
from projects.dstransnet.evaluation.functional.formulas import wilson_interval
from projects.dstransnet.inference import (
    FramePreparation,
    Predictor,
    Tiling,
)
from projects.dstransnet.inference.seams import (
    ZONES,
    add_counts,
    count_in_zones,
    seam_zones,
)
from projects.dstransnet.models.build import load_segmentor
from projects.dstransnet.profiling import peak_above
from projects.dstransnet.utils.atomic_io import AtomicLocalBackend
from projects.dstransnet.utils.errors import InputError

RUNS = ('whole', 'tiled')
WHERE = dict(
    inside='inside of tiles',
    overlap='where tiles overlap',
    border='near their edges')
SHOWN = ('IoU', 'nIoU', 'Pd', 'Fa', 'Fa_component', 'Fa_pixel')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description='Tiles against whole frames, on generated scenes')
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='.pth or .safetensors file')
    parser.add_argument('--frames', type=int, default=20, metavar='N',
                        help='number of scenes; default: 20')
    parser.add_argument('--size', type=int, nargs=2, default=(1280, 1024),
                        metavar=('W', 'H'),
                        help='of a frame in pixels, multiples of 16; default: '
                        '1280 1024')
    cli.add_tile_arguments(parser, tile=512)
    parser.add_argument('--near', type=int, default=16, metavar='PIXELS',
                        help='what counts as near the edge of a tile, on '
                        'either side; default: 16')
    parser.add_argument('--targets', type=int, nargs=2, default=(20, 40),
                        metavar=('LEAST', 'MOST'),
                        help='in a scene; default: 20 40')
    parser.add_argument('--seed', type=int, default=1000,
                        help='series of scenes; default: 1000')
    parser.add_argument('--threshold', type=float, default=0.5,
                        help='decide at this probability; default: 0.5')
    parser.add_argument('--device', help='default: a GPU, where there is one')
    parser.add_argument('--json', metavar='FILE',
                        help='write figures and the counts of all frames '
                        'there; continue what is there')
    parser.add_argument('--memory', action='store_true',
                        help='only print the memory that one frame needs at '
                        'most, whole and tiled, each in a process of its own; '
                        'resident memory on CPUs')
    cli.add_trust_argument(parser)
    return parser.parse_args()


def scenes_of(args: argparse.Namespace) -> SceneConfig:
    """Return the scenes of which frames are the upper left part."""
    try:
        return SceneConfig(size=max(args.size), targets=tuple(args.targets))
    except InputError as error:
        raise InputError(f'--size, --targets: {error}') from error


def build(cfg: Config, args: argparse.Namespace, tiled: bool) -> Predictor:
    """Return the network for whole frames or for tiles."""
    model = load_segmentor(cfg, args.checkpoint, args.device)
    if tiled:
        cli.enable_tiles(model, args)
    return Predictor(model, FramePreparation(cfg, 'native'), args.threshold)


def compare(predictors: dict[str, Predictor], args: argparse.Namespace,
            scenes: SceneConfig, number: int) -> dict:
    """Return the counts of one frame."""
    width, height = args.size
    scene = synthesize_scene(scenes, args.seed, number)
    image, truth = scene.image[:height, :width], scene.mask[:height, :width]
    zones = seam_zones(height, width, tiling_of(args), args.near)
    protocol = EvaluationProtocol(args.threshold, thresholds=None)
    record, masks = dict(frame=number), {}
    for name, predictor in predictors.items():
        start = time.perf_counter()
        (found, ) = predictor.stream([image], workers=0)
        record[f'{name}_seconds'] = time.perf_counter() - start
        counts = protocol.at_threshold(
            protocol.measure(found.scores, truth).counts)
        record[name] = {
            key: int(value)
            for key, value in dataclasses.asdict(counts).items()
        }
        masks[name] = found.mask
        record[f'{name}_wrong'] = count_in_zones(found.mask != truth, zones)
    record['disagree'] = count_in_zones(masks['whole'] ^ masks['tiled'], zones)
    return record


def tiling_of(args: argparse.Namespace) -> Tiling:
    return Tiling.make(args.tile, args.tile_overlap, args.tile_batch)


def settings_of(cfg: Config, args: argparse.Namespace) -> dict:
    """Return the settings that all frames of a study share."""
    return dict(
        cli.network_settings(cfg, args),
        size=list(args.size),
        tile=args.tile,
        overlap=args.tile_overlap,
        near=args.near,
        targets=list(args.targets),
        seed=args.seed,
        threshold=args.threshold)


def read_records(args: argparse.Namespace, settings: dict) -> list[dict]:
    """Return the frames that --json has already, of the same settings."""
    if args.json is None or not Path(args.json).exists():
        return []
    try:
        found = json.loads(Path(args.json).read_text())
        earlier, records = found['settings'], found['frames']
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(f'--json: {args.json} is not of this tool '
                         f'({error!r})') from error
    for key, value in settings.items():
        if earlier.get(key) != value:
            raise InputError(f'--json: {args.json} has other settings: {key} '
                             f'was {earlier.get(key)!r}, is {value!r}')
    return records


def figures(records: list[dict], args: argparse.Namespace) -> dict:
    """Return the figures of all frames."""
    result = {}
    for run in RUNS:
        images = [DetectionCounts(**record[run]) for record in records]
        found = dict(
            pooled_metrics(sum(images, DetectionCounts())),
            nIoU=100 * mean_image_iou(images))
        result[run] = {key: found[key] for key in SHOWN}
        result[run]['seconds'] = float(np.mean(
            [record[f'{run}_seconds'] for record in records]))
    for kind in ('disagree', *(f'{run}_wrong' for run in RUNS)):
        total = add_counts([record[kind] for record in records])
        result[kind] = {
            zone: dict(
                counts,
                pixel_rate=1e6 * counts['pixels'] / max(counts['area'], 1),
                **{
                    f'{what}_interval': [
                        1e6 * bound for bound in wilson_interval(
                            counts[what], counts['area'])
                    ] for what in ('pixels', 'components')
                },
                component_rate=1e6 * counts['components'] /
                max(counts['area'], 1))
            for zone, counts in total.items()
        }
    # Where masks disagree, exactly one of them is wrong.
    for zone, row in result['disagree'].items():
        worse = (result['tiled_wrong'][zone]['pixels']
                 - result['whole_wrong'][zone]['pixels'])
        row['tiled_wrong'] = (row['pixels'] + worse) // 2
        row['tiled_wrong_interval'] = [
            100 * bound for bound in wilson_interval(
                row['tiled_wrong'], row['pixels'])
        ]
    return result


def show(found: dict, number: int) -> None:
    """Print the figures as tables."""
    table = PrettyTable(['metric', *RUNS, 'unit'], align='r')
    for name in SHOWN:
        table.add_row([name, *(f'{found[run][name]:.2f}' for run in RUNS),
                       '1e-6' if name.startswith('Fa') else '%'])
    table.add_row(['time', *(f'{found[run]["seconds"]:.2f}' for run in RUNS),
                   's / frame'])
    print(f'\n{number} frames\n{table}')
    table = PrettyTable(['what', 'zone', 'area', 'pixels', '1e-6', '95 %',
                         'components', '1e-6 ', '95 % '], align='r')
    for kind, zones in found.items():
        if kind in RUNS:
            continue
        for zone in ZONES:
            row = zones[zone]
            intervals = ['{:.1f} .. {:.1f}'.format(*row[f'{what}_interval'])
                         for what in ('pixels', 'components')]
            table.add_row([
                kind.replace('_', ' '), zone, row['area'], row['pixels'],
                f'{row["pixel_rate"]:.1f}', intervals[0], row['components'],
                f'{row["component_rate"]:.2f}', intervals[1]
            ])
    print(table)
    for zone, row in found['disagree'].items():
        print('Where they disagree, tiles are wrong on {} of {} pixels {} '
              '({:.1f} .. {:.1f} %).'.format(
                  row['tiled_wrong'], row['pixels'], WHERE[zone],
                  *row['tiled_wrong_interval']))
    area = sum(each['area'] for each in found['disagree'].values())
    pixels = sum(each['pixels'] for each in found['disagree'].values())
    print(f'They disagree on {pixels} of {area} pixels '
          f'({1e6 * pixels / area:.2f}e-6).\nRates are per pixel of a zone. '
          'Pixels of one target go wrong together, so the intervals of '
          'components are the fair ones.')


def peak(args: argparse.Namespace, run: str,
         trusted: list[FileIdentity]) -> tuple[int, str]:
    """Return the bytes that a frame needs at most, and how that was found.

    Above what is held before it, in this process, after a first frame.
    """
    cfg = cli.read_config(args.config)
    with trusting_files(trusted):
        predictor = build(cfg, args, run == 'tiled')
    width, height = args.size
    frame = np.zeros((height, width), np.uint8)

    def predict() -> None:
        for _ in predictor.stream([frame], workers=0):
            pass

    predict()  # libraries set up at their first use
    found = peak_above(predict, next(predictor.model.parameters()).device)
    return found.size, found.method


def show_memory(args: argparse.Namespace) -> None:
    context = multiprocessing.get_context('spawn')
    for run in RUNS:
        with ProcessPoolExecutor(1, context) as processes:
            task = processes.submit(peak, args, run, trusted_files())
            try:
                size, method = task.result()  # or its error, raised here
            except BrokenProcessPool as error:
                raise InputError('--memory: the process of '
                                 f'{run!r} ended early') from error
        print(f'{run}: {size / 2**20:.0f} MiB at most above the loaded '
              f'network ({method})')


def main() -> None:
    args = parse_args()
    with cli.one_line_errors(), cli.trusting(args.trust_checkpoint):
        if args.frames < 1:
            raise InputError(f'--frames must be positive, got {args.frames}')
        if any(side < 16 or side % 16 for side in args.size):
            raise InputError('--size: expected multiples of 16, got '
                             f'{tuple(args.size)}')
        if args.near < 0:
            raise InputError(f'--near must be 0 or more, got {args.near}')
        cli.check_tiles(args)
        if args.device is not None:
            cli.check_device(args.device)
        scenes = scenes_of(args)
        cfg = cli.read_config(args.config)
        if args.memory:
            show_memory(args)
            return
        if args.json is not None:
            cli.check_folder('--json', Path(args.json).parent)
        settings = settings_of(cfg, args)
        records = read_records(args, settings)
        predictors = {run: build(cfg, args, run == 'tiled') for run in RUNS}
        there = {record['frame'] for record in records}
        for number in range(args.frames):
            if number in there:
                continue
            records.append(compare(predictors, args, scenes, number))
            if args.json is not None:
                AtomicLocalBackend().put_text(json.dumps(
                    dict(settings=settings, figures=figures(records, args),
                         frames=records), indent=1) + '\n', args.json)
        show(figures(records, args), len(records))


if __name__ == '__main__':
    main()
