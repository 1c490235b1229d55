# DSTransNet at a quarter of the paper's width (1.45 M parameters), for CPUs.
_base_ = './dstransnet.py'
model = dict(
    backbone=dict(base_channels=8),
    neck=dict(in_channels=(8, 16, 32, 64)),
    decode_head=dict(
        in_channels=(8, 16, 32, 64, 64), stage_channels=(32, 16, 8, 8)))
