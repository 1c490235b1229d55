# The paper's network on SIRST-V2, with fewer epochs.
_base_ = [
    '../_base_/models/dstransnet.py',
    '../_base_/datasets/sirst-v2_512x512.py',
    '../_base_/schedules/adam_100e.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor={{_base_.dataset_preprocessor}})
