# The recipe of MSHNet: epochs 0 .. 5 train the finest mask alone. Deviation:
# validations of these epochs use the output of the later ones.
_base_ = './long-side_256x256.py'
model = dict(
    data_preprocessor=dict(
        mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(network='mshnet'),
    decode_head=dict(
        weights=dict.fromkeys(
            ['mask0', 'mask1', 'mask2', 'mask3', 'out'], 1 / 5),
        warmup_weights=dict(mask0=1),
        warmup_epochs=5,
        loss_decode=dict(_delete_=True, type='SLSLoss', warmup_epochs=5)))
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='Adagrad', lr=0.05))
param_scheduler = []
train_cfg = dict(max_epochs=400, val_interval=1, dynamic_intervals=None)
auto_scale_lr = dict(base_batch_size=4)
find_unused_parameters = True  # in the first epochs
