# The paper's network on NUST-SIRST, with fewer epochs.
_base_ = [
    '../_base_/models/dstransnet.py',
    '../_base_/datasets/nust-sirst_256x256.py',
    '../_base_/schedules/adam_100e.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor={{_base_.dataset_preprocessor}})
