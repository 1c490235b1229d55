# DSTransNet-R on SIRST at 256 x 256: 20 epochs on whole images, from the
# shipped weights for SIRST and NUDT-SIRST together (docs/design/trainings.md).
_base_ = './dstransnet-r_1xb4-adamw-30e_sirst-256x256.py'
load_from = (
    '{{ fileDirname }}/../../projects/dstransnet/weights/'
    'dstransnet-r_1xb4-adamw-25e_sirst-nudt-sirst-256x256.safetensors')
train_pipeline = [
    *_base_.train_pipeline[:2],
    dict(_base_.size_jitter, ratio_range=(0.7, 1.05)),
    *_base_.train_pipeline[3:],
]
# The mean of two sizes has fewer false alarms (docs/design/trainings.md).
tta_pipeline = [*_base_.test_pipeline[:-1], _base_.scaled_views]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
param_scheduler = [
    _base_.param_scheduler[0],
    dict(_base_.param_scheduler[1], end=20),
]
train_cfg = dict(max_epochs=20, val_interval=5)
