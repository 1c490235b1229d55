# The paper's recipe on SIRST.
_base_ = [
    '../_base_/models/dstransnet.py',
    '../_base_/datasets/sirst_512x512.py',
    '../_base_/schedules/adam_500e.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor={{_base_.dataset_preprocessor}})
