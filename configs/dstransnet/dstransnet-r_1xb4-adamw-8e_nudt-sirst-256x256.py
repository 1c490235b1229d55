# DSTransNet-R on NUDT-SIRST at 256 x 256: 8 epochs without flips and
# rotations, from the weights for SIRST and NUDT-SIRST together
# (docs/design/trainings.md). Masks of a third of its targets lie a pixel
# further left or up than the target, hardly any further right or down; flips
# show both directions equally often.
_base_ = './dstransnet-r_1xb4-adamw-15e_nudt-sirst-256x256.py'
load_from = ('work_dirs/dstransnet-r_1xb4-adamw-25e_sirst-nudt-sirst-256x256/'
             'epoch_25.pth')
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadIRSTDMask'),
    dict(type='RandomContrastGamma'),
    dict(type='PackSegInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
param_scheduler = [
    _base_.param_scheduler[0],
    dict(_base_.param_scheduler[1], end=8),
]
train_cfg = dict(max_epochs=8, val_interval=8)
