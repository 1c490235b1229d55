"""Tiles in tools/test.py: joined datasets, views, settings."""
import json
from pathlib import Path

import numpy as np
import pytest
from helpers.tiny_project import call_tool, error_of

from projects.dstransnet.cli import read_config
from projects.dstransnet.inference import (
    FramePreparation,
    Predictor,
    use_tiles,
)
from projects.dstransnet.models.build import load_segmentor

JOINED = '''
_base_ = ['{tiny}']
experiment_name = '{name}'
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(64, 48), keep_ratio=False, backend='pillow'),
    dict(type='EvaluateAtInputSize'),
    dict(type='LoadIRSTDMask'),
    dict(type='PackSegInputs'),
]
part = dict(
    type='SIRSTDataset', data_root='{data}', split='test', test_mode=True,
    indices=1,
    pipeline=pipeline)
test_dataloader = dict(dataset=dict(
    _delete_=True, type='ConcatDataset', datasets=[part]))
'''
TILES = ('--tile', 48, '--tile-overlap', 16)
NAMES = ('Misc_6', )


@pytest.fixture
def config(tiny, tmp_path) -> Path:
    path = tmp_path / 'joined.py'
    # Runs of one process need names of their own.
    path.write_text(JOINED.format(
        tiny=tiny.config, data=tiny.folder / 'SIRST', name=tmp_path.name))
    return path


def scores(folder) -> np.ndarray:
    return np.stack([np.load(folder / f'{name}.npy') for name in NAMES])


def test_tiles_of_what_the_pipeline_hands_over(tiny, config, tmp_path):
    result = call_tool(
        'test.py', config, tiny.checkpoint, '--work-dir', tmp_path / 'run',
        '--out', tmp_path / 'out', '--save-scores', *TILES, '--cfg-options',
        'test_evaluator.thresholds=None')
    assert result.returncode == 0, result.stderr
    settings = json.loads(
        (tmp_path / 'out/result.json').read_text())['settings']
    assert settings['tile'] == 48 and settings['tile_overlap'] == 16
    found = scores(tmp_path / 'out/scores')
    assert found.shape == (1, 48, 64)
    # tools/predict.py computes the very same, and without tiles another.
    for folder, tiles in (('tiled', TILES), ('whole', ())):
        result = call_tool(
            'predict.py', config, tiny.checkpoint,
            *(tiny.folder / 'SIRST/images' / f'{name}.png' for name in NAMES),
            '--out', tmp_path / folder, '--save-scores', '--output-size',
            'network', '--no-deploy', *tiles)
        assert result.returncode == 0, result.stderr
    np.testing.assert_array_equal(scores(tmp_path / 'tiled/scores'), found)
    assert not np.allclose(scores(tmp_path / 'whole/scores'), found, atol=1e-6)


def test_tiles_of_every_view(tiny, config, tmp_path):
    result = call_tool(
        'test.py', config, tiny.checkpoint, '--work-dir', tmp_path / 'run',
        *TILES, '--tta', '--cfg-options', 'test_evaluator.thresholds=None',
        f'test_evaluator.score_dir={tmp_path / "scores"}')
    assert result.returncode == 0, result.stderr
    cfg = read_config(str(config))
    model = use_tiles(load_segmentor(cfg, str(tiny.checkpoint), 'cpu'), 48, 16)
    resized, native = FramePreparation(cfg), FramePreparation(cfg, 'native')
    for name, found in zip(NAMES, scores(tmp_path / 'scores')):
        sample = resized(tiny.folder / 'SIRST/images' / f'{name}.png')
        image = sample['inputs'].permute(1, 2, 0).numpy()
        views = []
        for flipped in (image, image[:, ::-1]):
            for turns in range(4):
                view = np.ascontiguousarray(np.rot90(flipped, turns))
                (each, ) = Predictor(model, native).stream([view])
                back = np.rot90(each.scores, -turns)
                views.append(back if flipped is image else back[:, ::-1])
        np.testing.assert_allclose(found, np.mean(views, axis=0), atol=1e-5)


@pytest.mark.parametrize(('arguments', 'message'), [
    (['--tile', 40, '--tile-overlap', 0], 'multiples of 16 pixels'),
    (['--tile', 64, '--tile-overlap', 40], 'half a tile at most'),
    (['--tile', 64, '--tile-overlap', 0, '--tile-batch', 0],
     'tile_batch: expected an integer of 1 or more'),
])
def test_wrong_tiles_get_one_line(tiny, tmp_path, arguments, message):
    result = call_tool('test.py', tiny.config, tiny.checkpoint, '--work-dir',
                       tmp_path, '--cfg-options',
                       f'experiment_name={tmp_path.name}', *arguments)
    assert message in error_of(result)
