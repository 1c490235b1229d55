# The recipe of RepISD-Net in its training form. Deviation: tests use the mean
# and deviation of the training; the release has others there.
_base_ = './long-side_256x256.py'
model = dict(
    data_preprocessor=dict(
        mean=[0.3546 * 255, 0.3544 * 255, 0.3553 * 255],
        std=[0.2634 * 255, 0.2632 * 255, 0.2639 * 255]),
    backbone=dict(network='repisdnet_train'),
    decode_head=dict(
        loss_decode=dict(_delete_=True, type='DiceLoss')))
optim_wrapper = dict(
    optimizer=dict(
        _delete_=True, type='Adagrad', lr=0.05, weight_decay=1e-4))
param_scheduler = []
train_cfg = dict(max_epochs=500, val_interval=1, dynamic_intervals=None)
auto_scale_lr = dict(base_batch_size=16)
