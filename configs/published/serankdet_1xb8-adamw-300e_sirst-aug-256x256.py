# SeRankDet on SIRST-Aug.
_base_ = [
    './_base_/serankdet_256x256.py', '../_base_/datasets/sirst-aug_256x256.py'
]
train_dataloader = dict(
    batch_size=8,
    dataset=dict(pipeline={{_base_.recipe_train_pipeline}}))
val_dataloader = dict(
    dataset=dict(pipeline={{_base_.recipe_test_pipeline}}))
test_dataloader = val_dataloader
# A fifth of the rate in epochs 0 and 1, all of it in epoch 5.
param_scheduler = [
    dict(type='ConstantLR', factor=0.2, by_epoch=True, begin=0, end=2),
    dict(type='LinearLR', start_factor=0.2, by_epoch=True, begin=1, end=6),
    dict(type='PolyLR', power=0.9, by_epoch=True, begin=5, end=306),
]
train_cfg = dict(max_epochs=300, val_interval=10, dynamic_intervals=None)
