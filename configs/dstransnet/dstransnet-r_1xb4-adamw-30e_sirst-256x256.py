# DSTransNet-R on SIRST at 256 x 256, second stage: 30 epochs on whole images,
# from the weights that the first stage trained on windows of them. Windows cut
# the context that tells bright regions from targets, and the neck weighs
# channels by all positions of its input (docs/design/trainings.md).
_base_ = './dstransnet-r_1xb8-adamw-50e_sirst-256x256.py'
load_from = ('work_dirs/dstransnet-r_1xb8-adamw-50e_sirst-256x256/'
             'epoch_50.pth')
crop_size = (256, 256)
model = dict(data_preprocessor=dict(size=crop_size))
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadIRSTDMask'),
    dict(
        type='RandomResize',
        scale=(256, 256),
        ratio_range=(0.95, 1.05),
        resize_type='PillowResize',
        keep_ratio=False),
    dict(type='Pad', size=crop_size, padding_mode='reflect'),
    dict(type='RandomTargetCrop', crop_size=crop_size, prob=0.5),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='RandomFlip', prob=0.5, direction='vertical'),
    dict(type='RandomRot90', prob=0.5),
    dict(
        type='RandomContrastGamma',
        contrast=(0.3, 1.5),
        gamma=(0.6, 1.6),
        prob=0.8),
    dict(type='SensorNoise', std=(0.5, 3), prob=0.3),
    dict(type='PackSegInputs'),
]
train_dataloader = dict(
    batch_size=4, dataset=dict(pipeline=train_pipeline))
optim_wrapper = dict(optimizer=dict(lr=5e-4))
param_scheduler = [
    dict(_base_.param_scheduler[0], end=1),
    dict(_base_.param_scheduler[1], begin=1, end=30, eta_min=1e-6),
]
train_cfg = dict(max_epochs=30)
auto_scale_lr = dict(base_batch_size=4)
