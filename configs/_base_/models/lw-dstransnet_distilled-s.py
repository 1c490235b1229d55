# The same with DSTransNet-s as the teacher.
_base_ = './lw-dstransnet_distilled.py'
model = dict(
    teacher=dict(
        backbone=dict(base_channels=8),
        neck=dict(in_channels=(8, 16, 32, 64)),
        decode_head=dict(
            in_channels=(8, 16, 32, 64, 64), stage_channels=(32, 16, 8, 8))))
