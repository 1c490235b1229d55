# DSTransNet-R on SIRST at 256 x 256, for CPUs, first stage: small windows of
# images resized nearly as in the test (docs/design/trainings.md).
_base_ = [
    '../_base_/models/dstransnet-r.py',
    '../_base_/datasets/sirst_256x256.py',
    '../_base_/schedules/adamw_50e_windows.py',
    '../_base_/default_runtime.py',
]
crop_size = (128, 128)
model = dict(
    data_preprocessor=dict(_base_.dataset_preprocessor, size=crop_size))
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadIRSTDMask'),
    _base_.size_jitter,
    dict(type='RandomTargetCrop', crop_size=crop_size, prob=0.5),
    *_base_.flips,
    dict(type='RandomContrastGamma'),
    dict(type='SensorNoise', std=(0.5, 3), prob=0.3),
    dict(type='PackSegInputs'),
]
train_dataloader = dict(num_workers=1, dataset=dict(pipeline=train_pipeline))
custom_hooks = [*_base_.custom_hooks, _base_.running_mean]
