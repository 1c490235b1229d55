# NUDT-SIRST at 256 x 256 pixels, trained with transposes in place of flips
# and rotations. The masks of a third of its targets lie a pixel too far left
# or up, hardly any too far right or down. Flips show all directions equally
# often; transposes turn left into up and up into left
# (docs/design/trainings.md).
_base_ = './nudt-sirst_256x256.py'
train_pipeline = [
    *_base_.train_pipeline[:2],  # load
    _base_.transpose,
    *_base_.train_pipeline[5:],  # after flips
]
tta_pipeline = [*_base_.test_pipeline[:-1], _base_.transposed_views]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
