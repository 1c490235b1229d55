# Generated infrared scenes at 128 x 128 pixels: nothing to download.
_base_ = '../views.py'
dataset_type = 'SyntheticIRSTDDataset'
image_size = (128, 128)  # height, width
scene = dict(size=128)

# Of 0..255; means over 200 scenes of each scene's mean and deviation.
dataset_preprocessor = dict(
    mean=[0.37 * 255] * 3, std=[0.06 * 255] * 3, size=image_size)

train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadIRSTDMask'),
    *_base_.flips,
    dict(type='PackSegInputs'),
]
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
    batch_size=4,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='KeyedSampler', shuffle=True),
    dataset=dict(
        type=dataset_type,
        num_scenes=1000,
        seed=0,
        scene=scene,
        pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=8,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        num_scenes=200,
        seed=1,
        scene=scene,
        test_mode=True,
        pipeline=test_pipeline))
test_dataloader = val_dataloader
val_evaluator = dict(type='IRSTDMetric', threshold=0.5)
test_evaluator = val_evaluator
