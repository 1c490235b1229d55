import pytest

from projects.dstransnet.visualization.learning_curves import (
    draw_learning_curves,
)

LOGS = {'a_$': {1: dict(loss=2., lr=1.), 2: dict(loss=1., IoU=50., Pd=90.)},
        'b': {1: dict(loss=4.)}}


def test_loss_and_metrics_of_each_training():
    figure = draw_learning_curves(LOGS, ['IoU', 'Pd'])
    figure.canvas.draw()
    loss, iou, pd = figure.axes
    points = [[line.get_xydata().tolist() for line in axes.lines]
              for axes in (loss, iou, pd)]
    assert points == [[[[1, 2], [2, 1]], [[1, 4]]], [[[2, 50]], []],
                      [[[2, 90]], []]]
    assert loss.get_yscale() == 'log'
    assert iou.get_ylabel() == 'IoU (%)'
    (legend, ) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ['a_$', 'b']
    assert len({line.get_marker() for line in legend.get_lines()}) == 2


@pytest.mark.parametrize(('losses', 'scale'), [
    ((2., 1.), 'log'), ((1e3, 1e-3), 'log'), ((2., 0.), 'linear')])
def test_the_loss_before_a_validation(losses, scale):
    figure = draw_learning_curves({'a': {
        epoch: dict(loss=loss) for epoch, loss in enumerate(losses, 1)}})
    figure.canvas.draw()
    (axes, ) = figure.axes
    assert axes.get_yscale() == scale
    assert all(float(tick).is_integer() for tick in axes.get_xticks())


def test_one_epoch_is_a_point():
    figure = draw_learning_curves({'a': {1: dict(loss=2.)}})
    assert figure.axes[0].lines[0].get_marker() == 'o'


def test_a_metric_that_no_training_has():
    with pytest.raises(ValueError, match='no training has Dice; they have '
                       'IoU, Pd, loss, lr'):
        draw_learning_curves(LOGS, ['Dice'])
    with pytest.raises(ValueError, match='no training has loss'):
        draw_learning_curves({'a': {1: dict(IoU=1.)}})
