# Minutes: warm-up over the first of 4 epochs, cosine over the others, both
# stepped by iteration. Shorter warm-up with fewer steps learned far less.
_base_ = './adam_500e.py'
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=0.1,
        by_epoch=True,
        begin=0,
        end=1,
        convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        eta_min=1e-5,
        by_epoch=True,
        begin=1,
        end=4,
        convert_to_iter_based=True),
]
train_cfg = dict(max_epochs=4, val_interval=4, dynamic_intervals=None)
auto_scale_lr = dict(base_batch_size=4)
