# DSTransNet-R on SIRST and NUDT-SIRST together at 256 x 256, second stage: 25
# epochs on whole images, from the weights of the first
# (docs/design/trainings.md).
_base_ = './dstransnet-r_1xb8-adamw-90e_sirst-nudt-sirst-256x256.py'
load_from = ('work_dirs/dstransnet-r_1xb8-adamw-90e_sirst-nudt-sirst-256x256/'
             'epoch_90.pth')
crop_size = (256, 256)
model = dict(data_preprocessor=dict(size=crop_size))
load, resize, flips = _base_.load, _base_.resize, _base_.flips
light = dict(
    type='RandomContrastGamma',
    contrast=(0.3, 1.5),
    gamma=(0.6, 1.6),
    prob=0.8)
whole = [
    dict(type='Pad', size=crop_size, padding_mode='reflect'),
    dict(type='RandomTargetCrop', crop_size=crop_size, prob=0.5),
]
sirst, nudt_sirst = _base_.train_dataloader.dataset.datasets
train_dataloader = dict(
    batch_size=4,
    dataset=dict(datasets=[
        dict(
            sirst,
            pipeline=[
                *load, *resize, *whole, *flips, light,
                dict(type='PackSegInputs')
            ]),
        dict(
            nudt_sirst,
            pipeline=[*load, *flips, light,
                      dict(type='PackSegInputs')]),
    ]))
optim_wrapper = dict(optimizer=dict(lr=5e-4))
param_scheduler = [
    dict(_base_.param_scheduler[0], end=1),
    dict(_base_.param_scheduler[1], begin=1, end=25, eta_min=1e-6),
]
train_cfg = dict(max_epochs=25, val_interval=25)
auto_scale_lr = dict(base_batch_size=4)
