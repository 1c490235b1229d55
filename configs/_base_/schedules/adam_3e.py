# A few minutes: cosine over 3 epochs, warm-up on its first 50 iterations.
_base_ = './adam_500e.py'
param_scheduler = [
    dict(type='LinearLR', start_factor=0.02, by_epoch=False, begin=0, end=50),
    dict(
        type='CosineAnnealingLR',
        eta_min=1e-5,
        by_epoch=True,
        begin=0,
        end=3,
        convert_to_iter_based=True),
]
train_cfg = dict(max_epochs=3, val_interval=3, dynamic_intervals=None)
