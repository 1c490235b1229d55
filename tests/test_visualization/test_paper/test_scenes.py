import numpy as np
import pytest
from mmengine.config import Config

from projects.dstransnet.evaluation import EvaluationResult
from projects.dstransnet.utils.errors import InputError
from projects.dstransnet.visualization.findings import Kind
from projects.dstransnet.visualization.paper import load_scenes


def test_findings_by_the_rules_of_each_model(scenes):
    kinds = {model: [item.kind for item in group]
             for model, group in scenes[0].findings.items()}
    assert kinds == {
        'good_$x$': [Kind.HIT, Kind.HIT],
        'bad': [Kind.MISSED, Kind.HIT, Kind.FALSE_ALARM]}


def test_focus_is_what_most_models_miss(scenes):
    assert scenes[0].focus().box == (6, 10, 9, 13)


@pytest.fixture
def run(project, tmp_path):
    """Config, results and folders of one model with two score maps."""
    (tmp_path / 'scores').mkdir()
    np.save(tmp_path / 'scores/Misc_6.npy', np.eye(32, dtype=np.float32))
    np.save(tmp_path / 'scores/Misc_7.npy', np.eye(30, dtype=np.float32))
    return (Config.fromfile(project.config), {'a': EvaluationResult({})},
            {'a': str(tmp_path)})


def test_images_as_the_network_sees_them(run):
    (scene, ) = load_scenes(*run, ['Misc_6'])
    assert scene.image.shape == (32, 32, 3) and scene.target.sum()
    assert scene.image[scene.target > 0].min() > 100
    assert scene.masks['a'].sum() == 32


@pytest.mark.parametrize(('name', 'error'), [
    ('Misc_1', r"--images: .* \(Misc_6, Misc_7, Misc_8\), got 'Misc_1'"),
    ('Misc_7', r'Misc_7.npy: expected the size .*\(32, 32\), got \(30, 30\)'),
    ('Misc_8', 'Misc_8.npy: no such file; evaluate with --save-scores'),
])
def test_missing_and_unequal_files(run, name, error):
    with pytest.raises(InputError, match=error):
        load_scenes(*run, [name])
