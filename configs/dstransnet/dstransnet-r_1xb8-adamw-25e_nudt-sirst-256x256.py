# DSTransNet-R on NUDT-SIRST at 256 x 256, for CPUs, first stage: windows of
# the images.
_base_ = [
    '../_base_/models/dstransnet-r.py',
    '../_base_/datasets/nudt-sirst_256x256.py',
    '../_base_/schedules/adamw_50e_windows.py',
    '../_base_/default_runtime.py',
]
crop_size = (128, 128)
model = dict(
    data_preprocessor=dict(_base_.dataset_preprocessor, size=crop_size))
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadIRSTDMask'),
    dict(type='RandomTargetCrop', crop_size=crop_size, prob=0.5),
    *_base_.flips,
    dict(type='RandomContrastGamma'),
    dict(type='PackSegInputs'),
]
train_dataloader = dict(num_workers=1, dataset=dict(pipeline=train_pipeline))
custom_hooks = [*_base_.custom_hooks, _base_.running_mean]
param_scheduler = [
    dict(_base_.param_scheduler[0], end=1),
    dict(_base_.param_scheduler[1], begin=1, end=25),
]
train_cfg = dict(max_epochs=25, val_interval=25)
