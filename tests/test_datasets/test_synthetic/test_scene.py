import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from helpers.slow_reference import chebyshev_distance

from projects.dstransnet.datasets import SceneConfig, synthesize_scene
from projects.dstransnet.datasets.synthetic import scene as scene_module
from projects.dstransnet.imaging.components import connected_components
from projects.dstransnet.utils.errors import InputError

ROOT = Path(__file__).parents[3]
SMALL = SceneConfig(size=128)


@pytest.fixture(scope='module')
def scenes():
    return [synthesize_scene(SMALL, 0, index) for index in range(60)]


def equal(one, other) -> bool:
    return (np.array_equal(one.image, other.image)
            and np.array_equal(one.mask, other.mask)
            and one.targets == other.targets)


def component_of(scene, target) -> np.ndarray:
    labels = connected_components(scene.mask).labels
    return labels == labels[round(target.row), round(target.column)]


def slow_scr(image: np.ndarray, mask: np.ndarray) -> float:
    """The documented ratio, from the distance of every pixel."""
    distance = chebyshev_distance(mask)
    around = image[(distance > 4) & (distance <= 12)].astype(np.float64)
    return (image[mask].mean() - around.mean()) / around.std()


def test_scene_depends_on_its_arguments_alone(scenes):
    synthesize_scene(SMALL, 5, 7)
    assert equal(synthesize_scene(SMALL, 0, 3), scenes[3])
    assert not equal(synthesize_scene(SMALL, 0, 4), scenes[3])
    assert not equal(synthesize_scene(SMALL, 1, 3), scenes[3])


@pytest.mark.slow
def test_another_process_makes_the_same_scenes(scenes):
    code = (
        'import zlib\n'
        'from projects.dstransnet.datasets import SceneConfig as C\n'
        'from projects.dstransnet.datasets import synthesize_scene as make\n'
        'for n in range(9):\n'
        '    scene = make(C(size=128), 0, n)\n'
        '    print(zlib.crc32(scene.image), zlib.crc32(scene.mask))\n')
    result = subprocess.run([sys.executable, '-c', code], cwd=ROOT,
                            capture_output=True, text=True, check=True)
    expected = [(zlib.crc32(s.image), zlib.crc32(s.mask)) for s in scenes[:9]]
    assert [tuple(map(int, line.split()))
            for line in result.stdout.splitlines()[-9:]] == expected


def test_targets_are_the_components_of_the_mask(scenes):
    for scene in scenes:
        found = connected_components(scene.mask)
        assert len(found) == len(scene.targets)
        for target in scene.targets:
            mask = component_of(scene, target)
            assert mask.sum() == target.area
            centroid = np.argwhere(mask).mean(0)
            assert np.hypot(*(centroid - (target.row, target.column))) < 0.8


def test_numbers_areas_and_ratios_are_within_their_ranges():
    config = SceneConfig(size=128, targets=(0, 2), area=(4, 30), scr=(2, 5))
    scenes = [synthesize_scene(config, 1, index) for index in range(60)]
    assert {len(scene.targets) for scene in scenes} == {0, 1, 2}
    targets = [target for scene in scenes for target in scene.targets]
    for target in targets:
        assert 4 <= target.area <= 30
        assert 2 - 1e-3 <= target.scr <= 5 + 1e-3
        assert target.scr * target.area**0.5 >= 6 - 1e-3
    assert min(target.scr for target in targets) < 2.5
    assert max(target.scr for target in targets) > 4.5
    assert max(target.area for target in targets) > 20


def test_ratio_is_that_of_the_image(scenes):
    for scene in scenes[:8]:
        for target in scene.targets:
            mask = component_of(scene, target)
            exact = slow_scr(scene.exact, mask)
            assert target.scr == pytest.approx(exact, rel=1e-3)
            assert slow_scr(scene.image, mask) == pytest.approx(
                exact, rel=0.15, abs=0.1)


def test_masks_are_where_contributions_reach_half_their_peak(monkeypatch):
    before = []
    add_sensor = scene_module._add_sensor

    def spy(rng, image, config):
        defects = add_sensor(rng, image, config)
        before.append(image.copy())
        return defects

    monkeypatch.setattr(scene_module, '_add_sensor', spy)
    for index in range(20):
        scene = synthesize_scene(SMALL, 0, index)
        contribution = scene.exact - before[-1]
        assert contribution.min() >= 0
        for target in scene.targets:
            mask = component_of(scene, target)
            peak = contribution[mask].max()
            assert peak == pytest.approx(target.amplitude, abs=1e-3)
            rows, cols = (slice(max(span.min() - 4, 0), span.max() + 5)
                          for span in np.nonzero(mask))
            np.testing.assert_array_equal(
                contribution[rows, cols] >= peak / 2, mask[rows, cols])
            contribution[rows, cols] = 0
        assert not contribution.any()  # and nothing elsewhere


def test_targets_keep_off_the_border_and_each_other(scenes):
    for scene in scenes:
        border = np.ones_like(scene.mask)
        border[4:-4, 4:-4] = 0
        assert not (scene.mask & border).any()
        centres = [(t.row, t.column) for t in scene.targets]
        for number, centre in enumerate(centres):
            for other in centres[:number]:
                gaps = np.abs(np.subtract(centre, other))
                assert gaps.max() > 4 + 8 + 4


def test_negative_seeds_and_full_scenes_are_errors():
    with pytest.raises(InputError, match='index: expected 0 or more, got -1'):
        synthesize_scene(SMALL, 0, -1)
    crowded = SceneConfig(size=96, targets=(4, 4), area=(390, 400))
    with pytest.raises(InputError, match='targets: no scene has room for 4'):
        synthesize_scene(crowded, 0, 0)
