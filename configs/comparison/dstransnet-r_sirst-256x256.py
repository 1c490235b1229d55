# Neck and head of DSTransNet on a residual backbone.
_base_ = [
    './_base_/protocol.py',
    '../_base_/models/dstransnet-r.py',
    '../_base_/datasets/sirst_256x256.py',
]
model = dict(
    data_preprocessor={{_base_.dataset_preprocessor}},
    decode_head=dict(loss_decode={{_base_.target_loss}}))
