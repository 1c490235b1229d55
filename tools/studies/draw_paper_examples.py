#!/usr/bin/env python
"""Draw the pictures of docs/guide/figures.md on generated scenes.

    python tools/studies/draw_paper_examples.py [DIR]

The shipped DSTransNet-s, the top-hat and MPCM find the targets of 24 scenes.
The default folder is docs/images.
"""
import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from projects.dstransnet import cli
from projects.dstransnet.datasets import SceneConfig, synthesize_scene
from projects.dstransnet.detectors import ClassicalDetector
from projects.dstransnet.evaluation import EvaluationProtocol, EvaluationResult
from projects.dstransnet.inference import Detector, Predictor
from projects.dstransnet.visualization.layer_maps import (
    feature_maps,
    grad_cam,
)
from projects.dstransnet.visualization.paper import (
    Scene,
    draw_difficulty,
    draw_errors,
    draw_feature_grid,
    draw_froc,
    draw_grid,
    draw_roc,
    draw_surfaces,
    paper_style,
)

ROOT = Path(__file__).resolve().parents[2]

SCENES, SHOWN = 24, (3, 9, 17)
CONFIG = SceneConfig(size=256, targets=(1, 4), scr=(4, 20), area=(4, 60),
                     hot_pixels=(0, 1))
DOTS = 110  # per inch
LAYERS = ['backbone', 'neck']


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description='Draw examples of figures')
    parser.add_argument('dst', nargs='?', default=str(ROOT / 'docs/images'))
    return parser.parse_args()


def draw_layers(predictor: Predictor, image: np.ndarray,
                scores: np.ndarray) -> dict[str, Figure]:
    """Draw feature maps and Grad-CAM of the network on an image."""
    sample = predictor.prepare(image)
    inputs = predictor.model.data_preprocessor(dict(
        inputs=[sample['inputs']],
        data_samples=[sample['data_samples']]))['inputs']
    figures = {}
    for name, method in (('features', feature_maps), ('grad_cam', grad_cam)):
        maps = method(predictor.model, inputs, LAYERS)
        rows = {layer: [(f'{layer}[{number}]', values)
                        for number, values in enumerate(maps[layer])]
                for layer in LAYERS}
        figures[name] = draw_feature_grid(
            image, scores, rows, overlay=name == 'grad_cam')
    return figures


def draw_figures() -> dict[str, Figure]:
    """Evaluate the models on the scenes, and draw all figures."""
    predictor = Detector(
        'dstransnet-s_sirst', mapping=None, deploy=False,
        device='cpu').predictor
    classical = {'top-hat': ClassicalDetector('top_hat'),
                 'MPCM': ClassicalDetector('mpcm')}
    scenes = []
    for number in range(SCENES):
        made = synthesize_scene(CONFIG, 0, number)
        image = np.repeat(made.image[..., None], 3, axis=2)
        (found, ) = predictor.scores([predictor.prepare(image)])
        scores = {'DSTransNet-s': found}
        for name, detector in classical.items():
            scores[name] = detector.detect(made.image.astype(np.float64))
        scenes.append(Scene.of(f'scene {number}', image, made.mask, scores,
                               {name: {} for name in scores}))
    protocol = EvaluationProtocol(
        measures=['published', 'hierarchy', 'difficulty'])
    results: dict[str, EvaluationResult] = {
        name: protocol.evaluate(
            [scene.name for scene in scenes],
            [protocol.measure(scene.scores[name], scene.target,
                              scene.image[..., 0] / 255)
             for scene in scenes]) for name in scenes[0].scores}
    shown = [scenes[number] for number in SHOWN]
    return dict(
        grid=draw_grid(shown), surfaces=draw_surfaces(shown),
        roc=draw_roc(results), froc=draw_froc(results),
        errors=draw_errors(results), difficulty=draw_difficulty(results),
        **draw_layers(predictor, shown[0].image,
                      shown[0].scores['DSTransNet-s']))


@paper_style()
def main() -> None:
    args = parse_args()
    with cli.one_line_errors():
        cli.check_folder('DIR', args.dst)
        Path(args.dst).mkdir(parents=True, exist_ok=True)
        for name, figure in draw_figures().items():
            figure.savefig(Path(args.dst) / f'paper_{name}.png', dpi=DOTS)


if __name__ == '__main__':
    main()
