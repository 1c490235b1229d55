import json
from types import SimpleNamespace

import mmcv
import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.model import BaseModel
from mmengine.runner import Runner
from tensorboard.backend.event_processing.event_accumulator import (
    EventAccumulator,
)
from torch.utils.data import Dataset

from projects.dstransnet.engine.hooks import IRSTDCurveHook

NAMES = ['froc', 'pd_fa_threshold', 'precision_recall', 'roc_pixel',
         'roc_target']


class Scenes(Dataset):
    """Four scenes of one square each."""

    metainfo = {}

    def __len__(self):
        return 4

    def __getitem__(self, number):
        mask = torch.zeros(1, 24, 24)
        mask[0, 4 + number:7 + number, 8:11] = 1
        return dict(number=number, mask=mask)


class Square(BaseModel):
    """Predicts the truth, at a score that is its only weight."""

    def __init__(self):
        super().__init__()
        self.score = torch.nn.Parameter(torch.tensor(0.5))

    def forward(self, number, mask, mode='tensor'):
        if mode == 'loss':
            return dict(loss=(self.score - 0.9)**2)
        return [
            dict(
                img_path=f'{index}.png',
                gt_sem_seg=dict(data=target.long()),
                seg_logits=dict(data=target * self.score.detach() + 0.01))
            for index, target in zip(number, mask)
        ]


def run(tmp_path, by_epoch=True, hook=None, evaluator=None, loops=4,
        train=True):
    """Return a runner on the scenes, with TensorBoard and local images."""
    loader = dict(batch_size=2, num_workers=0, dataset=Scenes(),
                  sampler=dict(type='DefaultSampler', shuffle=False))
    train_cfg = (dict(by_epoch=True, max_epochs=loops, val_interval=1)
                 if by_epoch else
                 dict(by_epoch=False, max_iters=loops, val_interval=1))
    training = dict(
        train_dataloader=loader,
        train_cfg=train_cfg,
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)))
    evaluator = evaluator or dict(type='IRSTDMetric')
    return Runner(
        model=Square(),
        work_dir=str(tmp_path / 'work'),
        val_dataloader=loader,
        val_cfg=dict(),
        val_evaluator=evaluator,
        test_dataloader=loader,
        test_cfg=dict(),
        test_evaluator=evaluator,
        default_hooks=dict(checkpoint=None),
        custom_hooks=[dict(type='IRSTDCurveHook', **(hook or {}))],
        log_processor=dict(by_epoch=by_epoch),
        visualizer=dict(
            type='SegLocalVisualizer',
            name=tmp_path.name,  # visualizers are found again by name
            vis_backends=[dict(type='LocalVisBackend'),
                          dict(type='TensorboardVisBackend')]),
        default_scope='mmseg',
        experiment_name=tmp_path.name,
        **(training if train else {}))


def written(folder):
    return sorted(path.name for path in folder.iterdir())


def images(runner):
    """Return steps and pictures of every tag in TensorBoard's file."""
    runner.visualizer.close()
    events = EventAccumulator(
        f'{runner.log_dir}/vis_data', size_guidance=dict(images=0)).Reload()
    return {
        tag: {event.step: mmcv.imfrombytes(event.encoded_image_string)
              for event in events.Images(tag)}
        for tag in events.Tags()['images']
    }


def test_validations_are_drawn_for_tensorboard_and_as_files(tmp_path):
    runner = run(tmp_path, hook=dict(interval=2), loops=3)
    runner.train()
    runner.test()
    curves = tmp_path / 'work' / runner.timestamp / 'curves'
    # The last one is always drawn.
    assert written(curves) == ['test', 'val_epoch_2', 'val_epoch_3']
    found = images(runner)
    assert sorted(found) == sorted(
        f'{mode}/{name}' for mode in ('val', 'test') for name in NAMES)
    for name in NAMES:
        pictures = found[f'val/{name}']
        assert list(pictures) == [2, 3]
        assert list(found[f'test/{name}']) == [0]
        for epoch, picture in pictures.items():
            file = mmcv.imread(str(curves / f'val_epoch_{epoch}/{name}.png'))
            np.testing.assert_array_equal(picture, file)
    # The backend that would only write them again is left out.
    assert not list((tmp_path / 'work').rglob('vis_image'))
    data = json.loads((curves / 'val_epoch_3/curves.json').read_text())
    result = runner.val_evaluator.metrics[0].result
    assert data['runs']['val epoch 3']['IoU'] == result.curves['IoU'].tolist()
    # Each figure is of its own evaluation.
    first = json.loads((curves / 'val_epoch_2/curves.json').read_text())
    assert first['runs']['val epoch 2']['Pd'] != data['runs']['val epoch 3'][
        'Pd']


def test_iterations_name_the_folders_where_they_are_counted(tmp_path):
    runner = run(tmp_path, False, dict(interval=2, out_dir=str(
        tmp_path / 'here'), fa='Fa_pixel'), loops=2)
    runner.train()
    assert written(tmp_path / 'here') == ['val_iter_2']
    assert written(tmp_path / 'here/val_iter_2') == sorted(
        ['curves.json', *(f'{name}.png' for name in NAMES)])
    assert list(images(runner)['val/roc_pixel']) == [2]


def test_several_metrics_have_a_folder_each(tmp_path):
    runner = run(tmp_path, train=False, evaluator=[
        dict(type='IRSTDMetric', prefix='strict', distance=1),
        dict(type='IRSTDMetric', prefix='loose', distance=9),
        dict(type='IRSTDMetric', prefix='bare', thresholds=None)])
    runner.test()
    folder = tmp_path / 'work' / runner.timestamp / 'curves/test'
    assert written(folder) == ['loose', 'strict']
    assert len(written(folder / 'loose')) == 1 + len(NAMES)
    assert sorted(images(runner)) == sorted(
        f'test/{prefix}/{name}' for prefix in ('loose', 'strict')
        for name in NAMES)


@pytest.mark.parametrize('evaluator', [
    dict(type='IRSTDMetric', thresholds=None),
    dict(type='IoUMetric'),
])
def test_without_curves_one_line_is_logged(tmp_path, evaluator):
    lines = []
    hook = IRSTDCurveHook(out_dir=str(tmp_path / 'out'))
    from mmseg.registry import METRICS
    metric = METRICS.build(evaluator)
    runner = SimpleNamespace(
        logger=SimpleNamespace(info=lines.append),
        log_dir=str(tmp_path),
        test_loop=SimpleNamespace(evaluator=Evaluator([metric])))
    for _ in range(2):
        hook.after_test_epoch(runner)
    assert len(lines) == 1
    assert 'no curves to draw' in lines[0]
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize(('arguments', 'message'), [
    (dict(interval=0), 'interval must be at least 1, got 0'),
    (dict(fa='FA'), "fa must be one of .* got 'FA'"),
])
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        IRSTDCurveHook(**arguments)
