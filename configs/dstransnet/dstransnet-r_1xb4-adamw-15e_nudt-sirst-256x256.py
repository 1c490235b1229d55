# DSTransNet-R on NUDT-SIRST at 256 x 256, second stage: 15 epochs on whole
# images, from the weights of the first (docs/design/trainings.md).
_base_ = './dstransnet-r_1xb8-adamw-25e_nudt-sirst-256x256.py'
load_from = ('work_dirs/dstransnet-r_1xb8-adamw-25e_nudt-sirst-256x256/'
             'epoch_25.pth')
crop_size = (256, 256)
model = dict(data_preprocessor=dict(size=crop_size))
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadIRSTDMask'),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='RandomFlip', prob=0.5, direction='vertical'),
    dict(type='RandomRot90', prob=0.5),
    dict(type='RandomContrastGamma'),
    dict(type='PackSegInputs'),
]
train_dataloader = dict(
    batch_size=4, dataset=dict(pipeline=train_pipeline))
optim_wrapper = dict(optimizer=dict(lr=5e-4))
param_scheduler = [
    dict(_base_.param_scheduler[0], end=1),
    dict(_base_.param_scheduler[1], begin=1, end=15, eta_min=1e-6),
]
train_cfg = dict(max_epochs=15, val_interval=15)
auto_scale_lr = dict(base_batch_size=4)
