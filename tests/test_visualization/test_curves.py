import dataclasses
import json
import re
import warnings

import mmcv
import numpy as np
import pytest

from projects.dstransnet.evaluation import (
    EvaluationProtocol,
    EvaluationResult,
    TargetLevelRecord,
    target_level_curve,
    target_level_metrics,
)
from projects.dstransnet.visualization import (
    draw_curves,
    remove_curves,
    write_curves,
)
from projects.dstransnet.visualization.legends import legend_name

NAMES = ['roc_target', 'roc_pixel', 'precision_recall', 'pd_fa_threshold']


def evaluate(seed=0, targets=True, alarms=True, **settings):
    """Evaluate three noisy scenes."""
    rng = np.random.default_rng(seed)
    protocol = EvaluationProtocol(**settings)
    counts = []
    for _ in range(3):
        mask = np.zeros((48, 48), np.uint8)
        if targets:
            for row, column in ((8, 8), (30, 20), (20, 36)):
                mask[row:row + 3, column:column + 3] = 1
        scores = rng.uniform(0.3, 1) * mask
        if alarms:
            scores = scores + rng.uniform(0, 0.7, mask.shape) * (
                rng.random(mask.shape) > 0.9)
        counts.append(protocol.measure(np.clip(scores, 0, 1), mask))
    result = protocol.evaluate(['a', 'b', 'c'], counts)
    result.target_curve = {}  # tests of detections have their own
    return result


@pytest.fixture(scope='module')
def result():
    return evaluate()


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        yield


def line(axes, number=0):
    """Return the points of the curve of a run, then its marker."""
    curve, marker = axes.lines[2 * number:2 * number + 2]
    assert curve.get_linestyle() != 'None'
    assert marker.get_marker() not in ('', 'None', None)
    return (*curve.get_data(), *(float(v[0]) for v in marker.get_data()))


def positive(values):
    return np.where(values > 0, values, np.nan)


def check_points(axes, expected_x, expected_y, point):
    x, y, *marker = line(axes)
    drawn = np.isfinite(x) & np.isfinite(y)  # lines may have gaps
    expected = np.stack(np.broadcast_arrays(expected_x, expected_y))
    np.testing.assert_array_equal(
        np.stack((x, y))[:, drawn],
        expected[:, np.isfinite(expected).all(0)])
    np.testing.assert_allclose(marker, point)


def test_targets_over_false_alarms(result):
    fa = 'Fa_component'
    curves, metrics = result.curves, result.metrics
    left, right = draw_curves({'run': result}, fa)['roc_target'].axes
    point = metrics[fa], metrics['Pd']
    assert metrics[fa] > 0
    check_points(left, curves[fa], curves['Pd'], point)
    check_points(right, positive(curves[fa]), curves['Pd'], point)
    assert (left.get_xscale(), right.get_xscale()) == ('linear', 'log')
    assert left.get_xlabel() == f'False alarms {fa} ($10^{{-6}}$)'
    assert right.get_xlabel() == left.get_xlabel() + '; 0 is not shown'
    assert left.get_ylabel() == right.get_ylabel() == 'Detected targets Pd (%)'


def test_the_linear_axis_shows_where_the_run_operates():
    curves = dict(
        threshold=np.array([0, .5, 1]),
        **dict.fromkeys(('Pd', 'Recall', 'FPR', 'Precision'),
                        np.array([100., 50, 0])),
        Fa=np.array([1e6, 20, 0]))
    # Metrics that there are need no interpolation between the thresholds.
    result = EvaluationResult(dict(Pd=50., Fa=20.), curves,
                              settings=dict(threshold=.3))
    left, right = draw_curves({'run': result})['roc_target'].axes
    assert line(left)[2:] == (20, 50)
    assert left.get_xlim() == pytest.approx((-6, 206))
    assert left.get_title() == 'Linear axis, excerpt'
    assert right.get_xlim()[1] >= 1e6
    # No false alarms at the threshold: from where they begin.
    result.metrics['Fa'] = 0.
    left, _ = draw_curves({'run': result})['roc_target'].axes
    assert left.get_xlim() == pytest.approx((-6, 206))


def test_pixels(result):
    curves, metrics = result.curves, result.metrics
    figures = draw_curves({'run': result})
    left, right = figures['roc_pixel'].axes
    at = list(curves['threshold']).index(0.5)
    point = curves['FPR'][at], metrics['Recall']
    check_points(left, curves['FPR'], curves['Recall'], point)
    assert (left.get_xscale(), right.get_xscale()) == ('linear', 'log')
    assert left.get_xlabel() == 'False positive rate (%)'
    assert left.get_ylabel() == 'Recall, true positive rate (%)'
    assert left.get_xlim() == left.get_ylim() == (-3, 103)
    (text, ) = figures['roc_pixel'].legends[0].get_texts()
    assert text.get_text() == f'run (AUC {metrics["AUC_exact"]:.4f})'

    (axes, ) = figures['precision_recall'].axes
    nothing = (curves['Recall'] == 0) & (curves['FPR'] == 0)
    assert nothing.any() and not nothing.all()
    check_points(axes, curves['Recall'],
                 np.where(nothing, np.nan, curves['Precision']),
                 (metrics['Recall'], metrics['Precision']))
    assert axes.get_ylabel() == 'Precision (%)'


def test_thresholds(result):
    curves, metrics = result.curves, result.metrics
    upper, lower = draw_curves({'run': result})['pd_fa_threshold'].axes
    check_points(upper, curves['threshold'], curves['Pd'],
                 (0.5, metrics['Pd']))
    check_points(lower, curves['threshold'], positive(curves['Fa']),
                 (0.5, metrics['Fa']))
    assert lower.get_yscale() == 'log'
    assert lower.get_xlabel() == 'Threshold'
    assert upper.get_xlim() == lower.get_xlim() == pytest.approx((-.03, 1.03))
    assert '0 is not shown' in lower.get_ylabel()


# Detections


def detected(threshold=0.5, count=3):
    """Return the result of detections of three targets in two images."""
    images = [
        TargetLevelRecord(2, [.9, .8, .7, .6], [True, False, True, False]),
        TargetLevelRecord(1, np.linspace(.5, .1, count), [False] * count)]
    return EvaluationResult(
        target_level_metrics(images, threshold),
        settings=dict(threshold=threshold),
        num_images=2,
        target_curve=target_level_curve(images))


def test_detections_over_false_alarms():
    figures = draw_curves({'boxes': detected()})
    assert list(figures) == ['froc']
    left, right = figures['froc'].axes
    alarms = np.array([0, .5, .5, 1, 1.5, 2, 2.5])
    recall = np.array([1, 1, 2, 2, 2, 2, 2]) / 0.03
    x, y, *point = line(left)
    np.testing.assert_allclose(x, alarms)
    np.testing.assert_allclose(y, recall)
    assert point == pytest.approx([1, 200 / 3])
    np.testing.assert_array_equal(line(right)[0], positive(alarms))
    assert (left.get_xscale(), right.get_xscale()) == ('linear', 'log')
    assert left.get_xlabel() == 'False alarms (per image)'
    assert right.get_xlabel() == 'False alarms (per image); 0 is not shown'
    assert left.get_ylabel() == 'Detected targets Pd (%)'
    check_layout(figures['froc'])
    # Few points are marked, many would be a thick line.
    assert left.lines[0].get_marker() == '.'
    (axes, _) = draw_curves({'boxes': detected(count=99)})['froc'].axes
    assert axes.lines[0].get_marker() == ''


def test_the_marker_is_by_the_matching_of_the_curve(result):
    """Masks have another Pd."""
    both = detected()
    both.metrics.update(result.metrics)
    both.curves = result.curves
    assert both.metrics['Pd'] != both.metrics['TargetRecall']
    figures = draw_curves({'run': both})
    assert list(figures) == [*NAMES, 'froc']
    assert line(figures['froc'].axes[0])[3] == both.metrics['TargetRecall']
    assert line(figures['roc_target'].axes[0])[3] == result.metrics['Pd']


def test_figures_show_the_runs_that_have_their_curves(result):
    figures = draw_curves(dict(a=result, b=detected(), c=result))
    assert list(figures) == [*NAMES, 'froc']
    for name, figure in figures.items():
        labels = [text.get_text().split(' ')[0]
                  for text in figure.legends[0].get_texts()]
        assert labels == (['b'] if name == 'froc' else ['a', 'c'])
        check_layout(figure)
    # A run has one colour in all of them.
    alone = draw_curves(dict(b=detected()))['froc'].axes[0].lines[0]
    second = figures['froc'].axes[0].lines[0]
    third = figures['roc_pixel'].axes[0].lines[2]
    assert len({one.get_color() for one in (alone, second, third)}) == 3


def test_no_line_where_nothing_was_measured():
    """False alarms of neighbouring thresholds differ by more than 10."""
    scores, mask = np.full((96, 96), 0.005), np.zeros((96, 96))
    mask[4, 4:6] = scores[4, 4:6] = 1
    scores[50, 50:54], scores[80, 80] = 0.3, 0.8
    protocol = EvaluationProtocol()
    found = protocol.evaluate(['a'], [protocol.measure(scores, mask)])
    for name in ('roc_target', 'roc_pixel'):
        left, right = draw_curves({'run': found})[name].axes
        assert np.isfinite(line(left)[0]).all()
        x = line(right)[0]
        assert np.isnan(x[1]) and np.isfinite(x[[0, 2]]).all()
        assert right.lines[0].get_marker() == '.'
        assert not np.isnan(x[2:33]).any()  # 5 and 1 pixels are close


def test_legend_names_runs_without_detections(result):
    nothing = dataclasses.replace(
        result, metrics={}, settings=dict(threshold=0.5),
        target_curve=target_level_curve([TargetLevelRecord(2, [], [])]))
    figures = draw_curves(dict(a=nothing, b=detected(), c=result))
    assert [text.get_text() for text in figures['froc'].legends[0].get_texts()
            ] == ['a (no detections)', 'b']
    check_layout(figures['froc'])
    assert 'froc' not in draw_curves(dict(a=nothing))


# Appearance


def test_thresholds_of_the_markers_are_named(result):
    legend = draw_curves({'a': result, 'b': result})['roc_target'].legends[0]
    assert legend.get_title().get_text() == 'Markers: at the threshold 0.5'
    other = evaluate(1, threshold=0.305)
    figures = draw_curves({'a': result, 'b': other})
    legend = figures['roc_target'].legends[0]
    assert [text.get_text() for text in legend.get_texts()] == [
        'a (threshold 0.5)', 'b (threshold 0.305)']
    # FPR is no metric, and 0.305 between two thresholds of the curve.
    *_, rate, recall = line(figures['roc_pixel'].axes[0], 1)
    assert rate == pytest.approx(np.mean(other.curves['FPR'][30:32]))
    assert recall == other.metrics['Recall']


def shown_texts(figure):
    """Return the texts of a figure, but for ticks beyond its axes."""
    texts = [figure._suptitle]
    for legend in figure.legends:
        texts += [legend.get_title(), *legend.get_texts()]
    for axes in figure.axes:
        texts += [axes.title, *axes.texts]
        for place, axis in enumerate((axes.xaxis, axes.yaxis)):
            texts.append(axis.label)
            low, high = sorted(axis.get_view_interval())
            texts += [label for label in axis.get_ticklabels(which='both')
                      if low <= label.get_position()[place] <= high]
    return [text for text in texts
            if text.get_text() and text.get_visible()]


def check_layout(figure):
    """All texts are inside the figure, and the legend is beside the axes."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    width, height = figure.canvas.get_width_height()
    texts = shown_texts(figure)
    assert len(texts) > 10
    for text in texts:
        box = text.get_window_extent(renderer)
        assert -1 <= box.x0 and box.x1 <= width + 1, text
        assert -1 <= box.y0 and box.y1 <= height + 1, text
    (legend, ) = figure.legends
    box = legend.get_window_extent(renderer)
    assert box.x0 >= 0 and box.x1 <= width and box.y0 >= 0
    for axes in figure.axes:
        assert not box.overlaps(axes.get_tightbbox(renderer))
        # The legend leaves them room.
        assert axes.get_window_extent(renderer).height > 2 * figure.dpi
        for label in (axes.xaxis.label, axes.yaxis.label):
            extent = label.get_window_extent(renderer)
            for other in figure.axes:
                assert not extent.overlaps(other.get_window_extent(renderer))


LONG = 'work_dirs/dstransnet_1xb8-adam-500e_sirst-512x512/a long name/result'


@pytest.mark.parametrize('names', [
    ['_a', '$b', '$c^{2}$', LONG, 'W' * 300],
    [f'{LONG}_{number}' for number in range(12)],
], ids=['odd', 'long'])
def test_no_text_is_cut_off_or_covered(result, names):
    for figure in draw_curves(dict.fromkeys(names, result),
                              'Fa_component').values():
        check_layout(figure)
        texts = figure.legends[0].get_texts()
        labels = [text.get_text() for text in texts]
        assert len(labels) == len(names)
        assert not any(text.get_parse_math() for text in texts)
        for name, label in zip(names, labels):
            if len(name) < 100:
                shown = re.split(r'\s\(AUC ', label)[0]
                assert re.sub(r'\s', '', shown) == re.sub(
                    r'\s', '', name)


def test_names_are_broken_between_words_and_shortened_in_the_middle():
    lines = legend_name(LONG).split('\n')
    assert lines == ['work_dirs/dstransnet_1xb8-adam-500e_sirst-',
                     '512x512/a long name/result']
    name = legend_name('a' * 100 + 'b' * 100 + 'c' * 100).replace('\n', '')
    assert name == 'a' * 95 + '…' + 'c' * 94
    assert legend_name('short name') == 'short name'


def test_undefined_curves_give_a_note():
    nothing = evaluate(targets=False)
    assert np.isnan(nothing.curves['Pd']).all()
    figures = draw_curves({'run': nothing})
    for axes in (*figures['roc_target'].axes,
                 figures['pd_fa_threshold'].axes[0]):
        assert [t.get_text() for t in axes.texts] == [
            'Nothing to draw: Pd undefined']
    assert not figures['pd_fa_threshold'].axes[1].texts
    for axes in figures['roc_pixel'].axes:
        assert axes.texts[0].get_text().endswith('Recall undefined')
    (text, ) = figures['roc_pixel'].legends[0].get_texts()
    assert text.get_text() == 'run (AUC undefined)'
    for figure in figures.values():
        check_layout(figure)
    # Beside a run that has them there is only the remark.
    figure = draw_curves({'a': nothing, 'b': evaluate()})['roc_target']
    assert not figure.axes[0].texts
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ['a (Pd undefined)', 'b']


def test_no_false_alarms_at_all_leave_the_logarithmic_axes_empty():
    figures = draw_curves({'run': evaluate(alarms=False)})
    left, right = figures['roc_target'].axes
    assert not left.texts
    assert right.texts[0].get_text() == 'Nothing to draw: Fa is 0 everywhere'
    for figure in figures.values():
        check_layout(figure)


def test_results_without_threshold_have_no_marker(result):
    bare = EvaluationResult(result.metrics, result.curves)
    figure = draw_curves({'run': bare})['roc_target']
    assert np.isnan(line(figure.axes[0])[2:]).all()
    assert figure.legends[0].get_title().get_text() == ''


def test_wrong_arguments_are_named(result):
    with pytest.raises(ValueError, match="fa must be .*, got 'FA'"):
        draw_curves({'run': result}, 'FA')
    with pytest.raises(ValueError, match='at least one run'):
        draw_curves({})
    with pytest.raises(ValueError, match="run 'bare' has no curves"):
        draw_curves({'run': result, 'bare': EvaluationResult({})})
    partial = EvaluationResult(
        {}, {k: v for k, v in result.curves.items() if k != 'FPR'})
    with pytest.raises(ValueError, match='lacks FPR$'):
        draw_curves({'run': partial})


def test_files(tmp_path, result):
    other = evaluate(targets=False)
    folder = tmp_path / 'a' / 'b'
    boxes = detected(count=99)
    results = {'run': result, 'none': other, 'boxes': boxes}
    paths = write_curves(results, str(folder))
    assert paths == [str(folder / f'{name}.png') for name in
                     (*NAMES, 'froc')] + [str(folder / 'curves.json')]
    picture = mmcv.imread(paths[0], channel_order='rgb')
    assert (picture == (0, 0x72, 0xB2)).all(-1).any()  # RGB, not BGR
    data = json.loads((folder / 'curves.json').read_text())
    assert data['units']['Fa'] == '1e-6'
    assert data['units']['threshold'] == ''
    assert data['runs']['run']['IoU'] == result.curves['IoU'].tolist()
    assert data['runs']['none']['Pd'] == [None] * 101
    # The first and the last false alarm after each hit.
    assert data['target_curves'] == {'boxes': {
        name: values[[0, 1, 2, -1]].tolist()
        for name, values in boxes.target_curve.items()}}


def test_curves_of_an_earlier_run_are_removed(tmp_path, result):
    (tmp_path / 'froc.png').touch()
    (tmp_path / 'mine.png').touch()
    write_curves({'a': result}, str(tmp_path))
    assert not (tmp_path / 'froc.png').exists()
    remove_curves(str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ['mine.png']
