"""tools/analysis_tools/evaluate_folder.py as a user calls it."""
import json
import math
import re
import shutil
from pathlib import Path

import mmcv
import numpy as np
import pytest
from helpers.tiny_project import call_tool, error_of, evaluated, run_tool

from projects.dstransnet.evaluation import EvaluationResult
from projects.dstransnet.imaging.components import connected_components

TOOL = 'analysis_tools/evaluate_folder.py'
NAMES = ('Misc_6', 'Misc_7', 'Misc_8')
TARGET = ('FalseAlarmsPerImage', 'TargetPrecision', 'TargetRecall',
          'TargetF1', 'AP')


@pytest.fixture
def out(tiny) -> Path:
    """What tools/test.py --out --save-scores wrote."""
    return evaluated(tiny.config, tiny.checkpoint).out


def same(found: dict, expected: dict) -> bool:
    """Whether metrics are equal to the last digit, NaN being NaN."""
    return found.keys() == expected.keys() and all(
        found[name] == value or math.isnan(found[name]) and math.isnan(value)
        for name, value in expected.items())


def metrics_of(folder: Path) -> tuple[dict, dict]:
    """Return metrics over pixels and of targets, as a folder has them."""
    metrics = EvaluationResult.read(str(folder)).metrics
    target = {name: metrics.pop(name) for name in TARGET if name in metrics}
    return metrics, target


def table(stdout: str) -> dict[str, str]:
    return dict(re.findall(r'\n\| (\w+) +\| +(\S.*?) +\|', stdout))


# The same figures as the run that wrote the files


def test_scores_of_a_test_run(tiny, out, tmp_path):
    result = run_tool(
        TOOL, out / 'scores', '--config', tiny.config, '--out',
        tmp_path / 'again', '--bootstrap', 20, '--worst-first', cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    found, target = metrics_of(tmp_path / 'again')
    expected, _ = metrics_of(out)
    assert same(found, expected)
    assert list(target) == list(TARGET)
    first, again = (json.loads((folder / 'result.json').read_text())
                    for folder in (out, tmp_path / 'again'))
    assert again['curves'] == first['curves']
    assert again['intervals_95'] == first['intervals_95']
    for name in ('config', 'checkpoint', 'tta'):
        del first['settings'][name]  # of scores nobody knows the network
    assert again['settings'] == dict(
        first['settings'], detection_rule='centroid', min_iou=0.5,
        predictions='scores', split='test', size='network')
    for name in ('per_image.json', 'per_image.csv'):
        assert (tmp_path / 'again' / name).read_text() == (
            out / name).read_text()
    shown = table(result.stdout)
    assert list(shown)[1:] == [
        name for name in [*expected, *TARGET] if name != 'AUC']
    assert re.fullmatch(r'\S+ \[\S+, \S+\]', shown['IoU'])
    assert shown['AUC_exact'] == f'{expected["AUC_exact"]:.4f}'
    assert sorted(path.name for path in (tmp_path / 'again/curves').glob(
        '*.png')) == ['pd_fa_threshold.png', 'precision_recall.png',
                      'roc_pixel.png', 'roc_target.png']


@pytest.fixture
def decided(tiny, out, tmp_path) -> dict:
    """Masks at a threshold where there is something to see, and scores."""
    scores = {name: np.load(out / f'scores/{name}.npy') for name in NAMES}
    threshold = float(np.quantile(np.stack(list(scores.values())), 0.97))
    for name, values in scores.items():
        mask = (values > np.float32(threshold)).astype(np.uint8)
        mmcv.imwrite(255 * mask, str(tmp_path / f'masks/{name}.png'))
    return dict(masks=tmp_path / 'masks', threshold=threshold)


def test_masks_of_a_test_run(tiny, out, tmp_path, decided):
    result = call_tool(TOOL, out / 'masks', '--config', tiny.config, '--out',
                       tmp_path / 'own')
    assert result.returncode == 0, result.stderr
    found, _ = metrics_of(tmp_path / 'own')
    expected, _ = metrics_of(out)
    del expected['AUC'], expected['AUC_exact']
    assert same(found, expected)
    assert not (tmp_path / 'own/curves').exists()

    # At another threshold by the scores, and by masks of it.
    for folder, name, options in (
        (out / 'scores', 'scores', ['--threshold', decided['threshold']]),
        (decided['masks'], 'decided', [])):
        result = call_tool(TOOL, folder, '--config', tiny.config, '--out',
                           tmp_path / name, *options)
        assert result.returncode == 0, result.stderr
    expected, _ = metrics_of(tmp_path / 'scores')
    found, target = metrics_of(tmp_path / 'decided')
    del expected['AUC'], expected['AUC_exact']
    assert same(found, expected)
    assert found['Fa_pixel'] > 0
    assert target['FalseAlarmsPerImage'] > 0


def test_points_are_what_masks_say(tiny, tmp_path, decided):
    """Centroids of components have the target-level metrics of masks."""
    lines = ['image,x,y,score']
    for name in NAMES:
        mask = mmcv.imread(str(decided['masks'] / f'{name}.png'), 'unchanged')
        lines += [f'{name}.png,{x!r},{y!r},1' for y, x in connected_components(
            mask).centroids.tolist()]
    assert len(lines) > 3
    (tmp_path / 'points.csv').write_text('\n'.join(lines))
    for source, name in ((decided['masks'], 'a'),
                         (tmp_path / 'points.csv', 'b')):
        result = call_tool(TOOL, source, '--config', tiny.config, '--out',
                           tmp_path / name)
        assert result.returncode == 0, result.stderr
    _, expected = metrics_of(tmp_path / 'a')
    found, target = metrics_of(tmp_path / 'b')
    assert same(target, expected)
    assert found == dict(Pd=expected['TargetRecall'])
    assert list(table(result.stdout))[1:] == ['Pd', *TARGET]
    result = call_tool(TOOL, tmp_path / 'points.csv', '--config', tiny.config,
                       '--rule', 'iou')
    assert error_of(result).startswith(
        'rule iou needs detections with boxes, got points')


def test_boxes_around_the_true_targets(tiny, tmp_path):
    """At the size of the files, by a folder of masks and by the config."""
    masks = tiny.folder / 'SIRST/masks'
    (tmp_path / 'boxes.csv').write_text('image,x,y,w,h,score\n' + ''.join(
        f'Misc_{number},20,10,4,4,0.9\n' for number in range(9)))
    for rule in ('centroid', 'inside', 'iou'):
        options = ['--min-iou', 1] if rule == 'iou' else []
        result = call_tool(TOOL, tmp_path / 'boxes.csv', '--masks', masks,
                           '--mask-suffix', '_pixels0', '--rule', rule,
                           *options, '--out', tmp_path / 'out')
        assert result.returncode == 0, result.stderr
        settings = EvaluationResult.read(str(tmp_path / 'out')).settings
        assert settings['predictions'] == 'boxes.csv'
        assert settings['split'] is None and settings['size'] == 'file'
        assert settings['min_iou'] == (1 if rule == 'iou' else 0.5)
        shown = table(result.stdout)
        assert float(shown['FalseAlarmsPerImage']) == 0
        assert {float(shown[name]) for name in shown
                if name not in ('FalseAlarmsPerImage', 'metric')} == {100}
    # The list has images that are not in the test split.
    options = ['--config', tiny.config, '--size', 'file']
    result = call_tool(TOOL, tmp_path / 'boxes.csv', *options)
    assert 'boxes.csv, line 2: expected one of the 3 images' in error_of(
        result)
    # Its masks are those of the folder, at that size.
    folder = tmp_path / 'masks'
    folder.mkdir()
    for name in NAMES:
        shutil.copy(masks / f'{name}_pixels0.png', folder / f'{name}.png')
    result = call_tool(TOOL, folder, *options)
    assert float(table(result.stdout)['IoU']) == 100
    result = call_tool(
        TOOL, masks, *options, '--suffix', '_pixels0', '--allow-extra')
    assert float(table(result.stdout)['IoU']) == 100


def test_protocol_comes_from_the_config_and_from_arguments(tiny, out,
                                                           tmp_path):
    config = tmp_path / 'other.py'
    config.write_text(
        f'_base_ = [{str(tiny.config)!r}]\n'
        'test_evaluator = [dict(type="IoUMetric"), dict(type="IRSTDMetric", '
        'threshold=0.25, distance=2, match="overlap", connectivity=4, '
        'thresholds=[0.2, 0.3], nIoU_empty="skip", output_dir="unused", '
        'detection_rule="inside")]')
    settings = dict(threshold=0.25, distance=2, match='overlap',
                    connectivity=4, nIoU_empty='skip', bootstrap=0,
                    detection_rule='inside', min_iou=0.5,
                    predictions='scores', split='test', size='network')

    def found(*options: object) -> EvaluationResult:
        result = call_tool(TOOL, out / 'scores', *options, '--out',
                           tmp_path / 'out')
        assert result.returncode == 0, result.stderr
        return EvaluationResult.read(str(tmp_path / 'out'))

    result = found('--config', config)
    assert result.settings == settings
    assert result.curves['threshold'].tolist() == [0.2, 0.3]
    result = found('--config', config, '--threshold', 0.5, '--distance', 3,
                   '--match', 'centroid', '--connectivity', 8, '--rule',
                   'iou', '--min-iou', 0.25)
    assert result.settings == dict(
        settings, threshold=0.5, distance=3, match='centroid',
        connectivity=8, detection_rule='iou', min_iou=0.25)
    assert not (tmp_path / 'unused').exists()
    # A list of images and another size.
    (tiny.folder / 'SIRST/one.txt').write_text('Misc_7')
    result = call_tool(
        TOOL, tiny.folder / 'SIRST/masks', '--config', config, '--split',
        'one.txt', '--size', 'file', '--suffix', '_pixels0', '--allow-extra',
        '--out', tmp_path / 'one')
    assert result.returncode == 0, result.stderr
    assert EvaluationResult.read(str(tmp_path / 'one')).settings == dict(
        settings, predictions='masks', split='one.txt', size='file')


# Errors


@pytest.fixture
def copy_of(out, tmp_path) -> Path:
    """A copy of the score maps, to be damaged."""
    return Path(shutil.copytree(out / 'scores', tmp_path / 'copy'))


def test_errors_of_a_process_are_one_line(tiny, copy_of, tmp_path):
    (copy_of / 'Misc_7.npy').write_bytes(b'hello')
    result = run_tool(TOOL, copy_of, '--config', tiny.config, cwd=tmp_path)
    message = error_of(result)
    assert message.startswith(f'{copy_of}/Misc_7.npy: not a readable array (')
    assert result.stdout.count('\n|') == 0


@pytest.mark.parametrize(('arguments', 'message'), [
    (['none'], 'none: no such folder or file'),
    (['{copy}', '--scale', 0], '--scale must be positive, got 0.0'),
    (['{copy}', '--min-iou', 0], 'min_iou must be within (0, 1], got 0.0'),
    (['{copy}', '--threshold', 2], 'threshold must be within [0, 1], got 2.0'),
    (['{copy}', '--split', 'none.txt'], 'SIRSTDataset: no split file '),
    (['{copy}/notes.txt'],
     '{copy}/notes.txt: expected a file .json or .csv'),
    *[(['{copy}/notes.txt', *words], f'{words[0]} needs a folder of maps')
      for words in (['--bootstrap', 9], ['--suffix', '_a'],
                    ['--match', 'centroid'])],
    *[(['{copy}', *words], f'{words[0]} needs a file of boxes or points')
      for words in (['--coco-images', 'a.json'], ['--category', '1'])],
    (['{copy}', '--mask-suffix', '_a'], '--mask-suffix needs --masks'),
    (['{copy}', '--mask-threshold', 0], '--mask-threshold needs --masks'),
    (['{copy}', '--min-iou', 0.4], '--min-iou needs --rule iou'),
    (['{copy}', '--worst-first'], '--worst-first needs --out'),
    *[(['{copy}/notes.txt', '--out', '{copy}/notes.txt' + below],
       '--out: expected a folder, got the file {copy}/notes.txt')
      for below in ('', '/more')],
    (['{copy}', '--masks', 'masks'],
     'argument --masks: not allowed with argument --config'),
])
def test_bad_values_get_one_line(tiny, copy_of, arguments, message):
    (copy_of / 'notes.txt').write_text('hello')
    words = [word.format(copy=copy_of) if isinstance(word, str) else word
             for word in arguments]
    result = call_tool(TOOL, words[0], '--config', tiny.config, *words[1:])
    assert error_of(result).startswith(message.format(copy=copy_of))
    assert (copy_of / 'notes.txt').read_text() == 'hello'


@pytest.mark.parametrize('words', [
    ['--split', 'test'], ['--size', 'network'], ['--image-root', 'images']])
def test_options_of_the_config_need_one(tiny, copy_of, words):
    result = call_tool(TOOL, copy_of, '--masks', tiny.folder / 'SIRST/masks',
                       *words)
    assert error_of(result) == f'{words[0]} needs --config'


def test_measures_by_name(tiny, tmp_path):
    """Images are those of the config, or of a folder beside the masks."""
    masks = tiny.folder / 'SIRST/masks'
    given = ['--measures', 'hierarchy', 'background', 'difficulty']
    by_config = call_tool(TOOL, masks, '--config', tiny.config, '--size',
                          'file', '--suffix', '_pixels0', '--allow-extra',
                          *given)
    assert by_config.returncode == 0, by_config.stderr
    shown = table(by_config.stdout)
    assert float(shown['hIoU']) == 100 and 'IoU' not in shown
    assert float(shown['BSF_infinite']) > 0
    options = ['--masks', masks, *given]
    by_folder = call_tool(TOOL, masks, *options, '--images', masks)
    assert '| SCR' in by_folder.stdout
    assert error_of(call_tool(TOOL, masks, *options)) == (
        '--measures hierarchy background difficulty: needs --images')
