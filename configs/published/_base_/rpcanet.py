# RPCANet: images read as grey and resized by OpenCV, in 0 .. 1.
_base_ = './release.py'
model = dict(
    data_preprocessor=dict(
        mean=[0.], std=[255.], bgr_to_rgb=False, size=(256, 256)),
    backbone=dict(network='rpcanet'),
    decode_head=dict(
        weights=dict(reconstruction=0.01),
        loss_decode=dict(_delete_=True, type='SoftIoULoss')))
recipe_train_pipeline = [
    dict(type='LoadImageFromFile', color_type='grayscale'),
    dict(type='LoadIRSTDMask'),
    dict(type='Resize', scale=(256, 256), keep_ratio=False),
    dict(type='PackSegInputs'),
]
recipe_flipped_pipeline = [
    *recipe_train_pipeline[:-1],
    dict(type='RandomFlip', prob=0.5, direction='vertical'),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='RandomRot90', prob=0.5),
    recipe_train_pipeline[-1],
]
recipe_test_pipeline = [
    *recipe_train_pipeline[:-1],
    dict(type='EvaluateAtInputSize'),
    recipe_train_pipeline[-1],
]
optim_wrapper = dict(optimizer=dict(lr=1e-4))
param_scheduler = [
    dict(
        type='PolyLR',
        power=0.9,
        by_epoch=True,
        begin=0,
        end=400,
        convert_to_iter_based=True)
]
train_cfg = dict(max_epochs=400, val_interval=2, dynamic_intervals=None)
auto_scale_lr = dict(base_batch_size=8)
tta_model = None  # the dataset's views are resized otherwise
