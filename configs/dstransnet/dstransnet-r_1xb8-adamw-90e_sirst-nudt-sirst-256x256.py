# DSTransNet-R on SIRST and NUDT-SIRST together at 256 x 256, for CPUs, first
# stage: windows of the images. Those of SIRST are resized as in the test,
# those of NUDT-SIRST have that size.
_base_ = [
    '../_base_/models/dstransnet-r.py',
    '../_base_/datasets/sirst-nudt-sirst_256x256.py',
    '../_base_/schedules/adamw_50e_windows.py',
    '../_base_/default_runtime.py',
]
crop_size = (128, 128)
model = dict(
    data_preprocessor=dict(_base_.dataset_preprocessor, size=crop_size))
load = [dict(type='LoadImageFromFile'), dict(type='LoadIRSTDMask')]
window = [
    dict(type='RandomTargetCrop', crop_size=crop_size, prob=0.5),
    *_base_.flips,
    dict(type='RandomContrastGamma'),
    dict(type='PackSegInputs'),
]
sirst, nudt_sirst = _base_.train_dataloader.dataset.datasets
train_dataloader = dict(
    num_workers=1,
    dataset=dict(datasets=[
        dict(sirst, pipeline=[*load, _base_.size_jitter, *window]),
        dict(nudt_sirst, pipeline=[*load, *window]),
    ]))
custom_hooks = [*_base_.custom_hooks, _base_.running_mean]
param_scheduler = [
    dict(_base_.param_scheduler[0], end=1),
    dict(_base_.param_scheduler[1], begin=1, end=90),
]
train_cfg = dict(max_epochs=90, val_interval=30)
