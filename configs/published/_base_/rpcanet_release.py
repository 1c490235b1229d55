# How RPCANet's release tests: images read as grey and resized by OpenCV, in
# 0 .. 1. A child config takes release_pipeline for its test data.
_base_ = './release.py'
model = dict(
    data_preprocessor=dict(
        mean=[0.], std=[255.], bgr_to_rgb=False, size=(256, 256)),
    backbone=dict(network='rpcanet'))
release_pipeline = [
    dict(type='LoadImageFromFile', color_type='grayscale'),
    dict(type='LoadIRSTDMask'),
    dict(type='Resize', scale=(256, 256), keep_ratio=False),
    dict(type='EvaluateAtInputSize'),
    dict(type='PackSegInputs'),
]
tta_model = None  # the dataset's views are resized otherwise
