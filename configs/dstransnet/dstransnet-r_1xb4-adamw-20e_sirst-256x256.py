# DSTransNet-R on SIRST at 256 x 256: 20 epochs on whole images, from the
# shipped weights for SIRST and NUDT-SIRST together (docs/design/trainings.md).
_base_ = './dstransnet-r_1xb4-adamw-30e_sirst-256x256.py'
load_from = (
    '{{ fileDirname }}/../../projects/dstransnet/weights/'
    'dstransnet-r_1xb4-adamw-25e_sirst-nudt-sirst-256x256.safetensors')
param_scheduler = [
    _base_.param_scheduler[0],
    dict(_base_.param_scheduler[1], end=20),
]
train_cfg = dict(max_epochs=20, val_interval=5)
