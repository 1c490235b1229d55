# The recipe of BasicIRSTD: crops of 256 x 256, half of them around a target;
# whole images in tests; the last epoch is what is published. Deviation: crops
# of smaller images are padded behind the flips instead of before them.
_base_ = './release.py'
model = dict(
    data_preprocessor=dict(
        size=(256, 256), test_cfg=dict(size_divisor=32)),
    decode_head=dict(
        loss_decode=dict(_delete_=True, type='SoftIoULoss', pooled=True)))
recipe_train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadIRSTDMask'),
    dict(type='CentredTargetCrop', crop_size=(256, 256)),
    dict(type='RandomFlip', prob=0.5, direction='vertical'),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='RandomRot90', prob=0.5),
    dict(type='PackSegInputs'),
]
recipe_test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadIRSTDMask'),
    dict(type='PackSegInputs'),
]
optim_wrapper = dict(optimizer=dict(lr=5e-4))
param_scheduler = [
    dict(type='MultiStepLR', milestones=[200, 300], gamma=0.1, by_epoch=True)
]
train_cfg = dict(max_epochs=400, val_interval=20, dynamic_intervals=None)
auto_scale_lr = dict(base_batch_size=16)
tta_model = None  # the dataset's views are resized
