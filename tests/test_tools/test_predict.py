"""tools/predict.py as a user calls it."""
import csv
import json

import cv2
import numpy as np
import pytest
from helpers.tiny_project import call_tool, error_of, evaluated
from mmseg.apis import inference_model, init_model

from projects.dstransnet.cli import read_config

TOOL = 'predict.py'
NAMES = ('Misc_6', 'Misc_7', 'Misc_8')


def predict(*arguments):
    """Run the tool; compiling the deployed network would take seconds."""
    return call_tool(TOOL, *arguments, '--no-deploy')


def images_of(tiny) -> list[str]:
    return [str(tiny.folder / 'SIRST/images' / f'{name}.png')
            for name in NAMES]


def table(path) -> list[dict[str, str]]:
    with open(path, newline='') as file:
        return list(csv.DictReader(file))


def test_the_very_numbers_of_the_evaluation(tiny, tmp_path):
    run = evaluated(tiny.config, tiny.checkpoint)
    out = tmp_path / 'out'
    result = predict(tiny.config, tiny.checkpoint, *images_of(tiny),
                     '--out', out, '--output-size', 'network',
                     '--save-scores')
    assert result.returncode == 0, result.stderr
    assert '3 images in ' in result.stdout
    for name in NAMES:
        np.testing.assert_array_equal(
            np.load(out / 'scores' / f'{name}.npy'),
            np.load(run.out / 'scores' / f'{name}.npy'))
        np.testing.assert_array_equal(
            *(cv2.imread(str(folder / 'masks' / f'{name}.png'), -1)
              for folder in (out, run.out)))


def test_in_the_size_of_the_image(tiny, tmp_path):
    out = tmp_path / 'out'
    result = predict(
        tiny.config, tiny.checkpoint, tiny.folder / 'SIRST/images',
        '--out', out, '--save-scores', '--batch-size', 2, '--workers', 1,
        '--threshold', 0.3)
    assert result.returncode == 0, result.stderr
    rows = table(out / 'images.csv')
    assert len(rows) == 9 and not any(row['problem'] for row in rows)
    model = init_model(read_config(str(tiny.config)), str(tiny.checkpoint),
                       'cpu')
    for row in rows[::4]:
        expected = inference_model(model, row['path'])
        scores = np.load(out / 'scores' / f'{row["image"]}.npy')
        assert scores.shape == (int(row['height']), int(row['width']))
        np.testing.assert_allclose(
            scores, expected.seg_logits.data[0].numpy(), atol=1e-5)
        mask = cv2.imread(str(out / 'masks' / f'{row["image"]}.png'), -1)
        np.testing.assert_array_equal(mask, 255 * (scores > 0.3))
    settings = json.loads((out / 'settings.json').read_text())
    assert settings['threshold'] == 0.3 and settings['size'] is None
    again = predict(
        tiny.config, tiny.checkpoint, tiny.folder / 'SIRST/images',
        '--out', out, '--threshold', 0.3, '--resume')
    assert again.returncode == 0, again.stderr
    assert '0 images in ' in again.stdout
    assert '9 done before; 0 failed' in again.stdout


def test_a_failing_file_is_named_and_counts(tiny, tmp_path):
    (tmp_path / 'broken.png').write_bytes(b'no image')
    (tmp_path / 'notes.txt').touch()
    (tmp_path / 'fine.png').symlink_to(images_of(tiny)[0])
    result = predict(tiny.config, tiny.checkpoint, tmp_path, '--out',
                     tmp_path / 'out')
    assert result.returncode == 1
    assert f'failed: {tmp_path / "broken.png"}: not a readable image' in (
        result.stderr)
    assert '1 image in ' in result.stdout
    assert '1 failed' in result.stdout
    assert 'not that of an image: 1' in result.stdout
    assert (tmp_path / 'out/masks/fine.png').exists()


def test_own_size_by_tiles(tiny, tmp_path):
    whole, tiled = tmp_path / 'whole', tmp_path / 'tiled'
    arguments = (tiny.config, tiny.checkpoint, images_of(tiny)[0],
                 '--native', '--save-scores', '--out')
    assert predict(*arguments, whole).returncode == 0
    result = predict(*arguments, tiled, '--tile', 32, '--tile-overlap', 16,
                     '--tile-batch', 2)
    assert result.returncode == 0, result.stderr
    left, right = (np.load(folder / 'scores/Misc_6.npy')
                   for folder in (whole, tiled))
    assert left.shape == right.shape == (40, 56)
    assert not np.array_equal(left, right)
    assert json.loads((tiled / 'settings.json').read_text())['tile'] == 32
    result = predict(*arguments, tiled, '--resume')
    assert 'other settings: tile was 32, is None' in error_of(result)


def test_the_deployed_network(tiny, tmp_path):
    plain, fast = tmp_path / 'plain', tmp_path / 'fast'
    arguments = (TOOL, tiny.config, tiny.checkpoint, images_of(tiny)[0],
                 '--native', '--tile', 32, '--tile-overlap', 16,
                 '--save-scores', '--out')
    assert call_tool(*arguments, plain, '--no-deploy').returncode == 0
    result = call_tool(
        *arguments, fast, '--deploy', '--runtime', 'torch')
    assert result.returncode == 0, result.stderr
    left, right = (np.load(folder / 'scores/Misc_6.npy')
                   for folder in (plain, fast))
    np.testing.assert_allclose(left, right, atol=1e-5)
    settings = json.loads((fast / 'settings.json').read_text())
    assert settings['deploy'] == 'torch'
    assert settings['deploy_dtype'] == 'float32'
    result = call_tool(*arguments, fast, '--resume', '--no-deploy')
    assert "other settings: deploy was 'torch', is None" in error_of(result)


@pytest.mark.parametrize(('arguments', 'message'), [
    (['--threshold', '2'], "--threshold: expected 0 to 1, got '2'"),
    (['--batch-size', '0'], '--batch-size: expected an integer of 1 or more'),
    (['--deploy', '--runtime', 'cuda_graph', '--device', 'cpu'],
     "--runtime: 'cuda_graph' needs a model on device 'cuda'"),
    (['--deploy-dtype', 'bfloat16'], '--deploy-dtype needs --deploy'),
    (['--workers', '-1'], '--workers: expected an integer of 0 or more'),
    (['--tile', '40', '--tile-overlap', '8'], 'multiples of 16 pixels'),
    (['--size', '32', '32', '--native'], 'not allowed with argument'),
    (['--resume', '--overwrite'], 'not allowed with argument'),
])
def test_wrong_arguments_get_one_line(tiny, tmp_path, arguments, message):
    result = call_tool(TOOL, tiny.config, tiny.checkpoint, images_of(tiny)[0],
                       '--out', tmp_path / 'out', *arguments)
    assert message in error_of(result)
    assert not (tmp_path / 'out').exists()


def test_inputs_that_are_not_there(tiny, tmp_path):
    result = predict(tiny.config, tiny.checkpoint,
                     tmp_path / 'none', '--out', tmp_path / 'out')
    assert 'input: no file or folder' in error_of(result)
    (tmp_path / 'file').touch()
    result = predict(tiny.config, tiny.checkpoint, tmp_path, '--out',
                     tmp_path / 'file')
    assert '--out: expected a folder' in error_of(result)


def test_a_model_behind_the_inputs(tmp_path):
    for name in ('dstransnet-s_sirst', 'top-hat_sirst-256x256'):
        result = call_tool(TOOL, tmp_path, name, '--out', tmp_path / 'out')
        assert f'{name}: the name of a model stands in front of' in (
            error_of(result))


def test_deploy_alone_before_the_config():
    result = call_tool(TOOL, '--deploy', 'none.py', 'none.pth', 'none.png',
                       '--out', 'none')
    assert error_of(result) == 'config: no file none.py'


def test_sixteen_bits_by_the_range_of_the_sensor(tiny, tmp_path):
    grey = cv2.imread(images_of(tiny)[0], cv2.IMREAD_GRAYSCALE)
    cv2.imwrite(str(tmp_path / 'grey.png'), grey)
    cv2.imwrite(str(tmp_path / 'deep.png'), grey.astype(np.uint16) * 32 + 4096)
    out = tmp_path / 'out'
    arguments = (tiny.config, tiny.checkpoint, tmp_path / 'deep.png',
                 '--native', '--out', out, '--save-scores')
    refused = predict(*arguments[:3], '--out', out, '--mapping', 'config')
    assert refused.returncode == 1
    assert 'has 16 bits, ' in refused.stderr
    assert '--mapping minmax' in refused.stderr
    result = predict(*arguments, '--mapping', '4096:12256')
    assert result.returncode == 0, result.stderr
    deep = np.load(out / 'scores/deep.npy')
    plain = predict(*arguments[:2], tmp_path / 'grey.png', '--native',
                    '--out', tmp_path / 'plain', '--save-scores')
    assert plain.returncode == 0, plain.stderr
    np.testing.assert_allclose(
        deep, np.load(tmp_path / 'plain/scores/grey.npy'), atol=1e-3)
    assert 'expected auto, config, minmax, percentile or LOW:HIGH' in error_of(
        predict(*arguments, '--mapping', 'high'))
