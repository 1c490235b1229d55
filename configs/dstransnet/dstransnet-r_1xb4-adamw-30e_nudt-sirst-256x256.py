# DSTransNet-R on NUDT-SIRST at 256 x 256: 30 epochs on whole images, with
# transposes in place of flips, from the shipped weights for SIRST and
# NUDT-SIRST together (docs/design/trainings.md).
_base_ = [
    '../_base_/models/dstransnet-r.py',
    '../_base_/datasets/nudt-sirst-transpose_256x256.py',
    '../_base_/schedules/adamw_30e_images.py',
    '../_base_/default_runtime.py',
]
load_from = (
    '{{ fileDirname }}/../../projects/dstransnet/weights/'
    'dstransnet-r_1xb4-adamw-25e_sirst-nudt-sirst-256x256.safetensors')
model = dict(data_preprocessor=_base_.dataset_preprocessor)
train_pipeline = [
    *_base_.train_pipeline[:2],
    _base_.transpose,
    dict(type='RandomContrastGamma'),
    dict(type='PackSegInputs'),
]
train_dataloader = dict(
    batch_size=4, num_workers=1, dataset=dict(pipeline=train_pipeline))
custom_hooks = [*_base_.custom_hooks, _base_.running_mean]
optim_wrapper = dict(optimizer=dict(lr=1e-3))  # twice the schedule's
