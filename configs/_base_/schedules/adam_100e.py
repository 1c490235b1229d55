# As the release's, with fewer epochs: 5 of warm-up from a tenth of the
# learning rate, 95 of cosine.
_base_ = './adam_500e.py'
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=True, begin=0, end=6),
    dict(
        type='CosineAnnealingLR',
        eta_min=1e-5,
        by_epoch=True,
        begin=5,
        end=100,
        T_max=95),
]
train_cfg = dict(max_epochs=100, val_interval=5, dynamic_intervals=None)
