# Pipelines of MSHNet, SeRankDet and RepISD-Net at 256 x 256 pixels.
_base_ = './release.py'
model = dict(data_preprocessor=dict(size=(256, 256)))
recipe_train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadIRSTDMask'),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='RandomLongSideResize', size=128, max_ratio=4),
    dict(type='Pad', size=(256, 256), pad_val=dict(img=0, seg=0)),
    dict(type='RandomCrop', crop_size=(256, 256)),
    dict(type='RandomGaussianBlur', sigma=(0, 1), prob=0.5),
    dict(type='PackSegInputs'),
]
recipe_test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='Resize',
        scale=(256, 256),
        keep_ratio=False,
        backend='pillow'),
    dict(type='EvaluateAtInputSize'),
    dict(type='LoadIRSTDMask'),
    dict(type='PackSegInputs'),
]
tta_model = None  # the dataset's views are resized otherwise
