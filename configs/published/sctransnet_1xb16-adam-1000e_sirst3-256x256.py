# SCTransNet, trained once on SIRST3, tested on each of its parts. The release
# keeps the best epoch on the test images from 500 on. Deviations: crops are
# those of BasicIRSTD, and tests of all parts have the mean of SIRST3.
_base_ = ['./_base_/basicirstd.py', '../_base_/datasets/sirst3_480x480.py']
model = dict(
    data_preprocessor=dict(mean=[101.06] * 3, std=[34.62] * 3),
    backbone=dict(network='sctransnet'),
    decode_head=dict(
        loss_decode=dict(_delete_=True, type='BinaryCrossEntropyLoss')))
train_dataloader = dict(
    batch_size=16,
    dataset=dict(pipeline={{_base_.recipe_train_pipeline}}))
val_dataloader = dict(
    dataset=dict(pipeline={{_base_.recipe_test_pipeline}}))
test_dataloader = val_dataloader
optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-8, by_epoch=True, begin=0, end=11),
    dict(
        type='CosineAnnealingLR',
        eta_min=1e-5,
        by_epoch=True,
        begin=10,
        end=1000,
        T_max=990),
]
train_cfg = dict(
    max_epochs=1000, val_interval=20, dynamic_intervals=[(500, 1)])
