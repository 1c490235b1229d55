# The paper's recipe on SIRST-Aug.
_base_ = [
    '../_base_/models/dstransnet.py',
    '../_base_/datasets/sirst-aug_256x256.py',
    '../_base_/schedules/adam_500e.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor={{_base_.dataset_preprocessor}})
