# The paper's network on NUDT-SIRST-Sea, with fewer epochs. The batch is small
# as the images are large.
_base_ = [
    '../_base_/models/dstransnet.py',
    '../_base_/datasets/nudt-sirst-sea_1024x1024.py',
    '../_base_/schedules/adam_100e.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor={{_base_.dataset_preprocessor}})
auto_scale_lr = dict(base_batch_size=2)
