# DSTransNet-R on SIRST at 256 x 256, for CPUs: many epochs of small windows.
# Images are trained on in the geometry that they are tested in, resized to the
# square; the release's pipeline keeps their ratio and pads them instead.
_base_ = [
    '../_base_/models/dstransnet-r.py',
    '../_base_/datasets/sirst_256x256.py',
    '../_base_/schedules/adamw_160e_crops.py',
    '../_base_/default_runtime.py',
]
crop_size = (128, 128)
model = dict(
    data_preprocessor=dict(
        mean={{_base_.dataset_preprocessor.mean}},
        std={{_base_.dataset_preprocessor.std}},
        size=crop_size),
    decode_head=dict(loss_decode=[
        dict(type='SoftIoULoss'),
        dict(type='BinaryCrossEntropyLoss'),
    ]))
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadIRSTDMask'),
    dict(
        type='RandomResize',
        scale=(256, 256),
        ratio_range=(0.8, 1.25),
        resize_type='PillowResize',
        keep_ratio=False),
    dict(type='RandomTargetCrop', crop_size=crop_size),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='RandomFlip', prob=0.5, direction='vertical'),
    dict(type='RandomRot90', prob=0.5),
    dict(type='RandomContrastGamma'),
    dict(type='PackSegInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
custom_hooks = [*_base_.custom_hooks, _base_.running_mean]
