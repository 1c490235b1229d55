# DSTransNet-R on SIRST at 256 x 256, second stage: 30 epochs on whole images,
# from the weights that the first stage trained on windows of them. Windows cut
# the context that tells bright regions from targets, and the neck weighs
# channels by all positions of its input (docs/design/trainings.md).
_base_ = [
    '../_base_/models/dstransnet-r.py',
    '../_base_/datasets/sirst_256x256.py',
    '../_base_/schedules/adamw_30e_images.py',
    '../_base_/default_runtime.py',
]
load_from = ('work_dirs/dstransnet-r_1xb8-adamw-50e_sirst-256x256/'
             'epoch_50.pth')
model = dict(data_preprocessor=_base_.dataset_preprocessor)
train_pipeline = [
    *_base_.train_pipeline[:2],
    _base_.size_jitter,
    dict(type='Pad', size=_base_.image_size, padding_mode='reflect'),
    dict(type='RandomTargetCrop', crop_size=_base_.image_size, prob=0.5),
    *_base_.flips,
    dict(
        type='RandomContrastGamma',
        contrast=(0.3, 1.5),
        gamma=(0.6, 1.6),
        prob=0.8),
    dict(type='SensorNoise', std=(0.5, 3), prob=0.3),
    dict(type='PackSegInputs'),
]
train_dataloader = dict(
    batch_size=4, num_workers=1, dataset=dict(pipeline=train_pipeline))
custom_hooks = [*_base_.custom_hooks, _base_.running_mean]
