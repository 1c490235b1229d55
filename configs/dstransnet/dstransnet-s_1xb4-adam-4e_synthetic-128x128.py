# A few minutes on two CPU cores, on generated scenes.
_base_ = [
    '../_base_/models/dstransnet-s.py',
    '../_base_/datasets/synthetic_128x128.py',
    '../_base_/schedules/adam_4e.py',
    '../_base_/default_runtime.py',
]
model = dict(
    data_preprocessor={{_base_.dataset_preprocessor}},
    decode_head=dict(loss_decode=[
        dict(type='CrossEntropyLoss', use_sigmoid=True, loss_name='loss_bce'),
        dict(type='DiceLoss', loss_name='loss_dice'),
    ]))
