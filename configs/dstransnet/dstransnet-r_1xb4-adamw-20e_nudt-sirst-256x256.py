# DSTransNet-R on NUDT-SIRST at 256 x 256: 20 more epochs on crops of 240 x
# 240, whose offsets show each target at other positions of the strides, from
# the weights of the 30 epochs on whole images (docs/design/trainings.md).
_base_ = './dstransnet-r_1xb4-adamw-30e_nudt-sirst-256x256.py'
load_from = ('work_dirs/dstransnet-r_1xb4-adamw-30e_nudt-sirst-256x256/'
             'epoch_30.pth')
crop_size = (240, 240)
model = dict(data_preprocessor=dict(size=crop_size))
train_pipeline = [
    *_base_.train_pipeline[:-1],
    dict(type='RandomCrop', crop_size=crop_size),
    _base_.train_pipeline[-1],
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
optim_wrapper = dict(optimizer=dict(lr=5e-4))
param_scheduler = [
    _base_.param_scheduler[0],
    dict(_base_.param_scheduler[1], end=20),
]
train_cfg = dict(max_epochs=20)
