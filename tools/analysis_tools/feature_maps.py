#!/usr/bin/env python
"""Draw the feature maps of a network's layers, or their Grad-CAM.

    python tools/analysis_tools/feature_maps.py MODEL IMAGE --out DIR
        [--layers PATTERN ...] [--list] [--grad-cam] [--columns 1|2]
        [--formats pdf png ...] [--cfg-options KEY=VALUE ...]

MODEL is a name of shipped weights, or CONFIG CHECKPOINT. DIR gets features or
grad_cam: the input, the scores, and one row of heat maps a pattern. A layer
that returns several maps, such as backbone or neck, has them all in its row.
--list prints the names of all layers.
"""
import argparse
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import nn

from projects.dstransnet import cli
from projects.dstransnet.cli import split_model
from projects.dstransnet.inference import FramePreparation
from projects.dstransnet.models.build import load_segmentor
from projects.dstransnet.models.losses.binary_losses import target_logits
from projects.dstransnet.utils.errors import InputError
from projects.dstransnet.visualization.layer_maps import (
    cropped,
    feature_maps,
    find_layers,
    grad_cam,
    shares,
)
from projects.dstransnet.visualization.paper import (
    FORMATS,
    WIDTHS,
    draw_feature_grid,
    write_figures,
)
from projects.dstransnet.visualization.view import packed_image

# Scales of the backbone, the neck's outputs, gates of DSTransNet's decoder.
LAYERS = ('backbone', 'neck', 'decode_head.stages.*.gate')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description='Draw feature maps of layers')
    parser.add_argument('model', nargs='+', metavar='MODEL IMAGE',
                        help='name of shipped weights, or CONFIG CHECKPOINT; '
                        'and one image')
    parser.add_argument('--out', metavar='DIR', default='work_dirs/features',
                        help='default: work_dirs/features')
    parser.add_argument('--layers', nargs='+', metavar='PATTERN',
                        help='names of layers, * for a part between dots; '
                        f'default: those there are of {" ".join(LAYERS)}')
    parser.add_argument('--list', action='store_true',
                        help='print the names of the layers, draw nothing')
    parser.add_argument('--grad-cam', action='store_true',
                        help='draw where the features speak for a target')
    parser.add_argument('--columns', type=int, choices=WIDTHS, default=2,
                        help='width of the figure in columns of a page')
    parser.add_argument('--formats', nargs='+', choices=FORMATS,
                        default=['pdf', 'png'], help='default: pdf png')
    cli.add_settings_argument(parser)
    cli.add_trust_argument(parser)
    return parser.parse_args()


def groups_of(model: nn.Module,
              patterns: Sequence[str] | None) -> dict[str, list[str]]:
    """Return the layers of each pattern."""
    if patterns is None:
        names = {name for name, _ in model.named_modules()}
        patterns = [pattern for pattern in LAYERS
                    if pattern in names or '.*.' in pattern
                    and pattern.replace('*', '0') in names]
        if not patterns:
            raise InputError('--layers: state some; the model has none of '
                             f'{", ".join(LAYERS)}')
    return {pattern: find_layers(model, pattern) for pattern in patterns}


def rows_of(groups: Mapping[str, Sequence[str]],
            maps: Mapping[str, Sequence[np.ndarray]]
            ) -> dict[str, list[tuple[str, np.ndarray]]]:
    """Return titles and maps of each pattern."""
    rows = {}
    for pattern, names in groups.items():
        rows[pattern] = [
            (f'{name.removeprefix("decode_head.")}'
             + f'[{number}]' * (len(maps[name]) > 1)
             + f', {values.shape[1]} x {values.shape[0]}', values)
            for name in names for number, values in enumerate(maps[name])]
    return rows


def main() -> None:
    args = parse_args()
    with cli.one_line_errors(), cli.trusting(args.trust_checkpoint):
        config, checkpoint, images = split_model(args.model)
        if len(images) != 1 and not args.list:
            raise InputError(f'IMAGE: expected one image, got {images}')
        cli.check_folder('--out', args.out)
        cfg = cli.read_config(config, args.cfg_options)
        model = load_segmentor(cfg, checkpoint)
        if args.list:
            print(*(name for name, _ in model.named_modules() if name),
                  sep='\n')
            return
        groups = groups_of(model, args.layers)
        names = [name for group in groups.values() for name in group]
        sample = FramePreparation(cfg)(images[0])
        inputs = model.data_preprocessor(dict(
            inputs=[sample['inputs']],
            data_samples=[sample['data_samples']]))['inputs']
        height, width = sample['inputs'].shape[1:]
        maps = (grad_cam if args.grad_cam else feature_maps)(
            model, inputs, names, (height, width))
        with torch.no_grad():
            scores = target_logits(model(inputs, mode='tensor'))[0].sigmoid()
        figure = draw_feature_grid(
            packed_image(sample['inputs']),
            cropped(scores, shares(inputs, (height, width))).cpu().numpy(),
            rows_of(groups, maps),
            WIDTHS[args.columns], args.grad_cam, inputs.shape[2:])
        name = 'grad_cam' if args.grad_cam else 'features'
        for path in write_figures({name: figure}, args.out, args.formats):
            print(path)


if __name__ == '__main__':
    main()
