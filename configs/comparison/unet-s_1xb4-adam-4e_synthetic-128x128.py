# U-Net-s by the recipe of the demo, for a table beside its DSTransNet-s. The
# protocol's loss adds 1 to both sums, so an empty mask costs little where
# targets have a few pixels, and 1000 steps do not leave it.
_base_ = [
    'mmseg::_base_/models/fcn_unet_s5-d16.py',
    '../_base_/datasets/synthetic_128x128.py',
    '../_base_/schedules/adam_4e.py',
    '../_base_/default_runtime.py',
]
head = dict(
    channels=16,
    num_classes=2,
    out_channels=1,
    threshold=0.5,
    norm_cfg=dict(type='BN'),
    loss_decode=[
        dict(type='BinaryCrossEntropyLoss'),
        dict(type='BinaryDiceLoss', smooth=1e-3),
    ])
model = dict(
    data_preprocessor={{_base_.dataset_preprocessor}},
    backbone=dict(base_channels=16, norm_cfg=dict(type='BN')),
    decode_head=dict(in_channels=16, **head),
    auxiliary_head=dict(in_channels=32, **head),
    test_cfg=dict(_delete_=True, mode='whole'))
# mmseg's heads start at weights of 0.01: at the rate of the others they end
# below the threshold.
optim_wrapper = dict(
    paramwise_cfg=dict(custom_keys=dict(head=dict(lr_mult=10.))))
