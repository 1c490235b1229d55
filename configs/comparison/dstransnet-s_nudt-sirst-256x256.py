# DSTransNet at a quarter of the width, on NUDT-SIRST.
_base_ = [
    './_base_/protocol.py',
    '../_base_/models/dstransnet-s.py',
    '../_base_/datasets/nudt-sirst_256x256.py',
]
model = dict(
    data_preprocessor={{_base_.dataset_preprocessor}},
    decode_head=dict(loss_decode={{_base_.target_loss}}))
