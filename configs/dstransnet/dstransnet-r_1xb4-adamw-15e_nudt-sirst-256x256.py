# DSTransNet-R on NUDT-SIRST at 256 x 256, second stage: 15 epochs on whole
# images, from the weights of the first (docs/design/trainings.md).
_base_ = [
    '../_base_/models/dstransnet-r.py',
    '../_base_/datasets/nudt-sirst_256x256.py',
    '../_base_/schedules/adamw_30e_images.py',
    '../_base_/default_runtime.py',
]
load_from = ('work_dirs/dstransnet-r_1xb8-adamw-25e_nudt-sirst-256x256/'
             'epoch_25.pth')
model = dict(data_preprocessor=_base_.dataset_preprocessor)
train_pipeline = [
    *_base_.train_pipeline[:2],
    *_base_.flips,
    dict(type='RandomContrastGamma'),
    dict(type='PackSegInputs'),
]
train_dataloader = dict(
    batch_size=4, num_workers=1, dataset=dict(pipeline=train_pipeline))
custom_hooks = [*_base_.custom_hooks, _base_.running_mean]
param_scheduler = [
    _base_.param_scheduler[0],
    dict(_base_.param_scheduler[1], end=15),
]
train_cfg = dict(max_epochs=15, val_interval=15)
