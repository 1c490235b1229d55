#!/usr/bin/env python
"""Train on generated infrared scenes and show the results.

    python tools/demo.py [--work-dir DIR] [--cfg-options KEY=VALUE ...]

Trains the narrow network through MMEngine, evaluates it on unseen scenes
beside a classical top-hat filter, and draws the detections.
"""
import argparse
import os.path as osp
import sys
import time
from pathlib import Path

import mmcv
from mmengine import fileio
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS

from projects.dstransnet import cli
from projects.dstransnet.detectors import fit_top_hat, top_hat
from projects.dstransnet.evaluation import EvaluationProtocol
from projects.dstransnet.imaging.masks import mask_to_labels, read_mask
from projects.dstransnet.utils.memory import keep_freed_memory

SYNTHETIC = (Path(__file__).resolve().parents[1] / 'configs/dstransnet'
             / 'dstransnet-s_1xb4-adam-4e_synthetic-128x128.py')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description='Train on generated scenes')
    cli.add_common_arguments(parser)
    return parser.parse_args([str(SYNTHETIC), *sys.argv[1:]])


def top_hat_metrics(cfg: Config) -> dict:
    """Evaluate a top-hat filter on the test scenes of a config.

    Its size and threshold are tuned on these very scenes, in its favour.
    """
    init_default_scope('mmseg')
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    images, masks = [], []
    for sample in map(dataset.get_data_info, range(len(dataset))):
        data = fileio.get(sample['img_path'])
        images.append(mmcv.imfrombytes(data, flag='grayscale'))
        masks.append(mask_to_labels(read_mask(sample['seg_map_path'])))
    best = fit_top_hat(images, masks)
    protocol = EvaluationProtocol(threshold=best.threshold / 255)
    counts = [
        protocol.measure(top_hat(image, best.size) / 255, mask)
        for image, mask in zip(images, masks)
    ]
    return protocol.evaluate([''] * len(counts), counts).metrics


def train_and_compare(args: argparse.Namespace) -> str:
    """Train, evaluate on unseen scenes, print the table, draw pictures.

    Returns:
        str: The folder of the pictures.
    """
    cfg = cli.load_config(args)
    pictures = osp.join(cfg.work_dir, 'unseen')
    cfg.default_hooks.visualization.update(draw=True, out_dir=pictures)
    runner = cli.build_runner(cfg, args.verbose)
    runner.train()
    metrics = runner.test()
    scenes = cfg.test_dataloader.dataset.num_scenes
    # Fits a screen; tools/test.py prints all metrics.
    shown = ('IoU', 'nIoU', 'Pd', 'Fa', 'Precision', 'Recall', 'F1', 'AP')
    columns = [
        {name: value for name, value in column.items()
         if name.rpartition('/')[2] in shown}
        for column in (metrics, top_hat_metrics(cfg))]
    print(f'\nOn {scenes} unseen scenes, DSTransNet-s trained for '
          f'{runner.iter} steps, and a top-hat filter with its best setting:')
    print(cli.metric_table(*columns, names=('DSTransNet-s', 'top-hat')))
    return osp.join(pictures, 'pictures')


def main() -> None:
    args = parse_args()
    start = time.time()
    with cli.one_line_errors(), cli.trusting(args.trust_checkpoint):
        pictures = train_and_compare(args)
    print(f'Done in {(time.time() - start) / 60:.1f} minutes.\n'
          'Pictures (hits blue, misses yellow, false alarms red): '
          f'{pictures}\n'
          'Next, by weights trained on real images:\n'
          '  .venv/bin/dstransnet predict IMAGE --out found')


if __name__ == '__main__':
    keep_freed_memory()
    main()
