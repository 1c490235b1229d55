# A quarter of the width at 256 x 256, for CPUs. A short schedule needs more
# steps an epoch, and Dice makes up for targets being 1 pixel in 1000.
_base_ = [
    '../_base_/models/dstransnet-s.py',
    '../_base_/datasets/sirst_256x256.py',
    '../_base_/schedules/adam_40e.py',
    '../_base_/default_runtime.py',
]
model = dict(
    data_preprocessor={{_base_.dataset_preprocessor}},
    decode_head=dict(loss_decode=[
        dict(type='CrossEntropyLoss', use_sigmoid=True, loss_name='loss_bce'),
        dict(type='DiceLoss', loss_name='loss_dice'),
    ]))
train_dataloader = dict(batch_size=4)
