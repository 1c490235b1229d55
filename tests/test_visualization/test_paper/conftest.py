"""Scenes and results of two models."""
import numpy as np
import pytest

from projects.dstransnet.evaluation import EvaluationProtocol
from projects.dstransnet.visualization.paper import Scene

MEASURES = 'published', 'hierarchy', 'difficulty'


@pytest.fixture(scope='session')
def scenes() -> list[Scene]:
    """Two images of 48 x 64; the model 'bad' misses a target.

    It has a false alarm in the lower left corner.
    """
    made = []
    for number, name in enumerate(('a', 'b')):
        target = np.zeros((48, 64), np.uint8)
        target[6:9, 10:13] = target[20:22, 30 - number:32] = 1
        bad = 0.9 * target
        bad[6:9, 10:13] = 0
        bad[44:46, 2:4] = 0.8
        image = np.full((48, 64, 3), 80, np.uint8)
        image[target > 0] = 200
        made.append(Scene.of(name, image, target,
                             {'good_$x$': 0.9 * target, 'bad': bad},
                             {'good_$x$': {}, 'bad': dict(threshold=0.6)}))
    return made


@pytest.fixture(scope='session')
def results(scenes) -> dict:
    """Results of both models on these images."""
    protocol = EvaluationProtocol(measures=MEASURES)
    return {
        model: protocol.evaluate(['a', 'b'], [
            protocol.measure(scene.scores[model], scene.target,
                             scene.image[..., 0] / 255) for scene in scenes])
        for model in scenes[0].scores}
