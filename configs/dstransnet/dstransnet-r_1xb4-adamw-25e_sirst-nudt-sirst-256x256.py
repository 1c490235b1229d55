# DSTransNet-R on SIRST and NUDT-SIRST together at 256 x 256, second stage: 25
# epochs on whole images, from the weights of the first
# (docs/design/trainings.md).
_base_ = [
    '../_base_/models/dstransnet-r.py',
    '../_base_/datasets/sirst-nudt-sirst_256x256.py',
    '../_base_/schedules/adamw_30e_images.py',
    '../_base_/default_runtime.py',
]
load_from = ('work_dirs/dstransnet-r_1xb8-adamw-90e_sirst-nudt-sirst-256x256/'
             'epoch_90.pth')
model = dict(data_preprocessor=_base_.dataset_preprocessor)
load, flips = _base_.train_pipeline[:2], _base_.flips
resize = [
    _base_.size_jitter,
    dict(type='Pad', size=_base_.image_size, padding_mode='reflect'),
    dict(type='RandomTargetCrop', crop_size=_base_.image_size, prob=0.5),
]
light = dict(
    type='RandomContrastGamma',
    contrast=(0.3, 1.5),
    gamma=(0.6, 1.6),
    prob=0.8)
pack = dict(type='PackSegInputs')
sirst, nudt_sirst = _base_.train_dataloader.dataset.datasets
train_dataloader = dict(
    batch_size=4,
    num_workers=1,
    dataset=dict(datasets=[
        dict(sirst, pipeline=[*load, *resize, *flips, light, pack]),
        dict(nudt_sirst, pipeline=[*load, *flips, light, pack]),
    ]))
custom_hooks = [*_base_.custom_hooks, _base_.running_mean]
param_scheduler = [
    _base_.param_scheduler[0],
    dict(_base_.param_scheduler[1], end=25),
]
train_cfg = dict(max_epochs=25, val_interval=25)
