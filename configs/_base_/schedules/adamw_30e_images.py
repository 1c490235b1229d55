# For whole images in batches of 4, on a CPU, from trained weights: 30 epochs
# at half the rate of adamw_50e_windows.py.
_base_ = './adamw_50e_windows.py'
optim_wrapper = dict(optimizer=dict(lr=5e-4))
param_scheduler = [
    dict(_base_.param_scheduler[0], end=1),
    dict(_base_.param_scheduler[1], begin=1, end=30, eta_min=1e-6),
]
train_cfg = dict(max_epochs=30)
auto_scale_lr = dict(base_batch_size=4)
