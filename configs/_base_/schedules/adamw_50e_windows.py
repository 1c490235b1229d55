# For small windows of the images, on a CPU: 50 epochs of AdamW, linear warm-up
# over 2 and cosine over the others, both stepped by iteration. A running mean
# of the weights over about 200 steps is validated and saved.
_base_ = './adam_500e.py'
optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.05, fused=True),
    clip_grad=dict(max_norm=5.))
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=0.01,
        by_epoch=True,
        begin=0,
        end=2,
        convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        eta_min=1e-5,
        by_epoch=True,
        begin=2,
        end=50,
        convert_to_iter_based=True),
]
train_cfg = dict(max_epochs=50, val_interval=10, dynamic_intervals=None)
running_mean = dict(
    type='EMAHook', momentum=0.005, update_buffers=True, priority='NORMAL')
