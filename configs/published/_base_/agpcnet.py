# The recipe of AGPCNet: the rate falls to 0 over all iterations of 5 epochs.
# Deviations: batch norms start anew, see the network; each epoch is validated,
# where the release validates every 20 to 100 iterations.
_base_ = './release.py'
model = dict(
    data_preprocessor=dict(
        mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375],
        size=(256, 256)),
    backbone=dict(network='agpcnet'),
    decode_head=dict(
        weights=dict(head=0),
        loss_decode=dict(_delete_=True, type='SoftIoULoss')))
recipe_train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='Resize', scale=(256, 256), keep_ratio=False, backend='pillow'),
    dict(type='EvaluateAtInputSize'),
    dict(type='LoadIRSTDMask'),
    dict(type='PackSegInputs'),
]
recipe_test_pipeline = recipe_train_pipeline
optim_wrapper = dict(
    optimizer=dict(
        _delete_=True, type='SGD', lr=0.05, momentum=0.9, weight_decay=1e-4))
param_scheduler = [
    dict(
        type='PolyLR',
        power=0.9,
        by_epoch=True,
        begin=0,
        end=5,
        convert_to_iter_based=True)
]
train_cfg = dict(max_epochs=5, val_interval=1, dynamic_intervals=None)
auto_scale_lr = dict(base_batch_size=8, rule='linear')  # of SGD
