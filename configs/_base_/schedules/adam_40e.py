# As the release's, with fewer epochs: 2 of warm-up from a tenth of the
# learning rate, 38 of cosine.
_base_ = './adam_500e.py'
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=True, begin=0, end=3),
    dict(
        type='CosineAnnealingLR',
        eta_min=1e-5,
        by_epoch=True,
        begin=2,
        end=40,
        T_max=38),
]
train_cfg = dict(max_epochs=40, val_interval=5, dynamic_intervals=None)
auto_scale_lr = dict(base_batch_size=4)
