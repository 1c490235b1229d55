# The paper's recipe on IRSTD-1K.
_base_ = [
    '../_base_/models/dstransnet.py',
    '../_base_/datasets/irstd-1k_512x512.py',
    '../_base_/schedules/adam_500e.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor={{_base_.dataset_preprocessor}})
