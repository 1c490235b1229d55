"""A training run of a fraction of a second that draws random numbers.

Everything that a resumed run has to restore is in it: dropout (the global
state), random samples (the keyed state), momentum, batch norm, an average of
the weights, a schedule by iteration and one that watches a metric.
"""
import random
from pathlib import Path

import numpy as np
import torch
from mmengine.dataset import BaseDataset
from mmengine.evaluator import BaseMetric
from mmengine.model import BaseModel
from mmseg.registry import DATASETS, METRICS, MODELS
from torch import nn

from projects.dstransnet.datasets.keyed_random import KeyedRandomMixin


@DATASETS.register_module(force=True)
class ToyDataset(KeyedRandomMixin, BaseDataset):
    """Points on a noisy line.

    Args:
        number (int): Number of samples.
    """

    def __init__(self, number: int = 8) -> None:
        self.number = number
        super().__init__()

    def load_data_list(self) -> list[dict]:
        return [dict(x=float(i)) for i in range(self.number)]

    def prepare_data(self, idx: int) -> dict:
        return super().prepare_data(idx)

    def get_data_info(self, idx: int) -> dict:
        info = super().get_data_info(idx)
        noise = random.random() + np.random.rand() + float(torch.rand(()))
        return dict(x=torch.tensor([info['x'], noise]), y=info['x'] * 2)


@MODELS.register_module(force=True)
class ToyModel(BaseModel):
    """Two layers with batch norm and dropout; draws from every generator."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Dropout(0.5),
            nn.Linear(8, 1))

    def forward(self, x, y, mode='tensor'):
        x = torch.stack(list(x))
        y = torch.as_tensor(y, dtype=torch.float32)
        if mode != 'loss':
            return [(self.layers(x)[:, 0] - y).abs().mean()]
        jitter = 0.1 * (random.random() + np.random.rand())
        return dict(loss=((self.layers(x)[:, 0] - y + jitter)**2).mean())


@METRICS.register_module(force=True)
class ToyMetric(BaseMetric):
    """The mean error and its negative; the second falls at times."""

    def process(self, data_batch, data_samples) -> None:
        self.results += [float(error) for error in data_samples]

    def compute_metrics(self, results: list) -> dict:
        error = float(np.mean(results))
        return dict(error=error, score=-error, odd=(error * 1e3) % 1)


CONFIG = '''
default_scope = 'mmseg'
env_cfg = dict(dist_cfg=dict(backend='nccl'))
model = dict(type='ToyModel')
train_dataloader = dict(
    batch_size=2, num_workers=0, dataset=dict(type='ToyDataset'),
    sampler=dict(type='KeyedSampler'))
val_dataloader = dict(
    batch_size=2, num_workers=0, dataset=dict(type='ToyDataset'),
    sampler=dict(type='DefaultSampler', shuffle=False))
val_evaluator = dict(type='ToyMetric')
train_cfg = dict(by_epoch=True, max_epochs=3)
val_cfg = dict()
optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=1e-3, momentum=0.9))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=False, begin=0, end=4),
    dict(type='ReduceOnPlateauLR', monitor='odd', rule='less', patience=0,
         by_epoch=True, end=99),
]
default_hooks = dict(checkpoint=dict(
    type='CheckpointHook', interval=1, max_keep_ckpts=1,
    save_best=['score', 'odd'], rule='greater'))
custom_hooks = [
    dict(type='SyncBuffersHook'),
    dict(type='EMAHook', momentum=0.5),
    dict(type='EarlyStoppingHook', monitor='odd', rule='greater',
         patience=50),
]
vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(type='Visualizer', vis_backends=vis_backends)
randomness = dict(seed=3)
'''
# Saves at iterations that are not those of the validations.
BY_ITERATION = CONFIG + '''
train_cfg = dict(by_epoch=False, max_iters=9, val_interval=3)
default_hooks['checkpoint'].update(by_epoch=False, interval=2)
log_processor = dict(by_epoch=False)
'''


def write_config(folder: Path, text: str = CONFIG, **settings: object) -> Path:
    """Write a config of a training run."""
    path = folder / 'toy.py'
    path.write_text(text + ''.join(
        f'{name} = {value!r}\n' for name, value in settings.items()))
    return path
