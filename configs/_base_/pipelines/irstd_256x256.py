# Pipelines and loaders of the published recipe at 256 x 256 pixels. The
# config of a dataset adds the dataset; other sizes follow this file.
_base_ = '../views.py'
image_size = (256, 256)  # height, width

train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadIRSTDMask'),
    *_base_.flips,
    dict(type='RandomLongSideResize', size=256, max_ratio=1.1),
    dict(type='CenterPad', size=256),
    dict(type='RandomCrop', crop_size=image_size),
    dict(type='PackSegInputs'),
]
# Metrics are taken at the network's size, as published. For metrics at the
# file's own size, leave out EvaluateAtInputSize.
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='Resize',
        scale=image_size[::-1],
        keep_ratio=False,
        backend='pillow'),
    dict(type='EvaluateAtInputSize'),
    dict(type='LoadIRSTDMask'),
    dict(type='PackSegInputs'),
]
# As above, packed once for every view.
tta_pipeline = [*test_pipeline[:-1], _base_.dihedral_views]
train_dataloader = dict(
    batch_size=8,
    num_workers=2,
    persistent_workers=True,
    drop_last=False,
    sampler=dict(type='KeyedSampler', shuffle=True),
    dataset=dict(split='train', pipeline=train_pipeline))
# As in the field's papers, what is validated on, and the best epoch chosen
# on, is the test split.
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(split='test', test_mode=True, pipeline=test_pipeline))
test_dataloader = val_dataloader
val_evaluator = dict(type='IRSTDMetric', threshold=0.5)
test_evaluator = val_evaluator
