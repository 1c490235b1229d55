# Recipe of the release: Adam, linear warm-up from 0 over 10 epochs, cosine to
# 1e-5 over the other 490, both stepped by epoch. A fused step updates all
# weights in one pass over them.
optim_wrapper = dict(
    type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-3, fused=True))
param_scheduler = [
    # Epoch e < 11 runs at e / 10 of the learning rate. LinearLR multiplies
    # the rate by quotients of factors, so it cannot start from 0 itself.
    dict(type='LinearLR', start_factor=1e-8, by_epoch=True, begin=0, end=11),
    dict(
        type='CosineAnnealingLR',
        eta_min=1e-5,
        by_epoch=True,
        begin=10,
        end=500,
        T_max=490),
]
train_cfg = dict(
    type='EpochBasedTrainLoop',
    max_epochs=500,
    val_interval=5,
    dynamic_intervals=[(300, 1)])
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
# For --auto-scale-lr: the batch of all processes that the rate is for. Adam's
# rate goes with the root of the batch (docs/design/distributed.md).
auto_scale_lr = dict(enable=False, base_batch_size=8, rule='sqrt')
