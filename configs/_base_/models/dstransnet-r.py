# DSTransNet-R: the neck (one block) and the head of DSTransNet on a plain
# residual backbone, 2.3 M parameters, 16 channels at full resolution.
_base_ = './dstransnet.py'
widths = (16, 32, 64, 128, 128)
model = dict(
    backbone=dict(
        _delete_=True,
        type='ResidualBackbone',
        in_channels=3,
        channels=widths,
        num_blocks=(1, 1, 2, 2, 2),
        norm_cfg=dict(type='BN')),
    neck=dict(in_channels=widths[:-1], num_blocks=1),
    decode_head=dict(
        in_channels=widths,
        stage_channels=(64, 32, 16, 16),
        loss_decode=[
            dict(type='SoftIoULoss'),
            dict(type='BinaryCrossEntropyLoss'),
        ]))
