# The paper's network on SIRST3 put together from its three datasets, with
# fewer epochs.
_base_ = [
    '../_base_/models/dstransnet.py',
    '../_base_/datasets/sirst3-parts_480x480.py',
    '../_base_/schedules/adam_100e.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor={{_base_.dataset_preprocessor}})
