# The recipe of SeRankDet at 512 x 512 pixels, for any number of epochs.
_base_ = './long-side_512x512.py'
model = dict(
    data_preprocessor=dict(
        mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(network='serankdet'),
    decode_head=dict(
        loss_decode=dict(_delete_=True, type='SoftIoULoss', pooled=True)))
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=1e-4, weight_decay=0.01))
auto_scale_lr = dict(base_batch_size=4)
