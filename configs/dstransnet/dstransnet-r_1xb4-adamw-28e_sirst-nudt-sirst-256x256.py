# DSTransNet-R on SIRST and NUDT-SIRST together at 256 x 256, third stage: 28
# more epochs on whole images at twice the rate, the light of NUDT-SIRST's
# changed less (docs/design/trainings.md).
_base_ = './dstransnet-r_1xb4-adamw-25e_sirst-nudt-sirst-256x256.py'
load_from = ('work_dirs/dstransnet-r_1xb4-adamw-25e_sirst-nudt-sirst-256x256/'
             'epoch_25.pth')
sirst, nudt_sirst = _base_.train_dataloader.dataset.datasets
train_dataloader = dict(
    dataset=dict(datasets=[
        sirst,
        dict(
            nudt_sirst,
            pipeline=[
                *_base_.load, *_base_.flips,
                dict(type='RandomContrastGamma'),
                dict(type='PackSegInputs')
            ]),
    ]))
optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = [
    _base_.param_scheduler[0],
    dict(_base_.param_scheduler[1], end=28),
]
train_cfg = dict(max_epochs=28, val_interval=7)
