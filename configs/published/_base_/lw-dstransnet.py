# The recipe of LW-DSTransNet. The teacher is a DSTransNet of one channel; its
# weights have to be trained first, and named by --cfg-options
# model.teacher_checkpoint=FILE.
_base_ = [
    '../../_base_/models/lw-dstransnet_distilled.py',
    '../../_base_/schedules/adam_500e.py',
    '../../_base_/default_runtime.py',
]
model = dict(teacher=dict(backbone=dict(in_channels=1)))
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
train_cfg = dict(max_epochs=1000)
auto_scale_lr = dict(base_batch_size=4)
