#!/usr/bin/env python
"""Draw samples after the pipeline, as the network gets them.

    python tools/analysis_tools/browse_dataset.py CONFIG
        [--split train|val|test] [--number N] [--out DIR] [--seed SEED]
        [--cfg-options KEY=VALUE ...]

Images are drawn before the data preprocessor normalises them, with their
targets outlined and enlarged: DIR/NAME.png each, and DIR/contact_sheet.png.
The random transforms draw as in the first epoch of a run with that seed.
"""
import argparse
import itertools
from pathlib import Path

import mmcv
import numpy as np
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS

from projects.dstransnet import cli
from projects.dstransnet.datasets import KeyedSampler
from projects.dstransnet.utils.config import (
    SPLITS,
    split_settings,
)
from projects.dstransnet.utils.errors import InputError
from projects.dstransnet.utils.sample_names import unique_names
from projects.dstransnet.visualization.samples import (
    draw_contact_sheet,
    draw_sample,
)
from projects.dstransnet.visualization.view import packed_image

SHEET = 'contact_sheet'


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description='Draw samples of a dataset')
    parser.add_argument('config', help='config file')
    parser.add_argument('--split', choices=SPLITS, default='train',
                        help='of the config; default: train')
    parser.add_argument('--number', type=int, default=16,
                        help='samples, drawn at random; default: 16')
    parser.add_argument('--out', metavar='DIR', type=Path,
                        help='default: work_dirs/CONFIG_NAME/browse_SPLIT')
    parser.add_argument('--seed', type=int, default=0,
                        help='of the choice and of the transforms')
    cli.add_settings_argument(parser)
    # What the config of a run has beyond these.
    parser.set_defaults(work_dir=None, launcher='none', local_rank=0)
    return parser.parse_args()


def names_of(dataset, numbers: list[int], folder: Path) -> list[str]:
    """Return a name for each picture, none of them of an image.

    Raises:
        InputError: If the pictures would lie among the images.
    """
    infos = [dataset.get_data_info(number) for number in numbers]
    taken = {Path(info[key]).resolve().parent for info in infos
             for key in ('img_path', 'seg_map_path') if info.get(key)}
    names: list[str] = []
    for name in unique_names([info['img_path'] for info in infos]):
        # A dataset that repeats its images may give one twice.
        copies = (f'{name}-{copy}' for copy in itertools.count(2))
        names.append(next(each for each in itertools.chain([name], copies)
                          if each not in (SHEET, *names)))
        if (folder / names[-1]).resolve().parent in taken:
            raise InputError(f'--out: expected a folder without images of the '
                             f'dataset, got {folder}')
    return names


def draw(dataset, numbers: list[int], folder: Path) -> None:
    """Draw samples of a dataset, and their contact sheet."""
    samples = []
    for number, name in zip(numbers, names_of(dataset, numbers, folder)):
        packed = dataset[number]
        sample = packed['data_samples']
        if 'gt_sem_seg' not in sample:
            raise InputError(f'{sample.img_path}: has no mask')
        labels = sample.gt_sem_seg.data[0].numpy()
        image = packed_image(packed['inputs'])
        if labels.shape != image.shape[:2]:
            raise InputError(
                f'{sample.img_path}: image of {image.shape[:2]} pixels, '
                f'labels of {labels.shape} (height, width)')
        samples.append((image, labels, name))
        picture = draw_sample(image, labels, name)
        mmcv.imwrite(picture[..., ::-1], str(folder / f'{name}.png'))
    sheet = draw_contact_sheet(samples)
    mmcv.imwrite(sheet[..., ::-1], str(folder / f'{SHEET}.png'))


def main() -> None:
    args = parse_args()
    with cli.one_line_errors():
        cli.check_folder('--out', args.out)
        for name, least in (('number', 1), ('seed', 0)):
            if getattr(args, name) < least:
                raise InputError(f'--{name}: expected {least} or more, got '
                                 f'{getattr(args, name)}')
        cfg = cli.load_config(args)
        folder = args.out or Path(cfg.work_dir) / f'browse_{args.split}'
        init_default_scope('mmseg')
        dataset = DATASETS.build(split_settings(cfg, args.split))
        # Sets the random state of every dataset inside.
        KeyedSampler(dataset, seed=args.seed)
        number = min(args.number, len(dataset))
        rng = np.random.default_rng(args.seed)
        numbers = np.sort(rng.choice(len(dataset), number, replace=False))
        draw(dataset, numbers.tolist(), folder)
        print(f'{number} of {len(dataset)} samples of {args.split}: {folder}')


if __name__ == '__main__':
    main()
