# UPerNet with Swin-T.
_base_ = [
    './_base_/protocol.py',
    'mmseg::_base_/models/upernet_swin.py',
    '../_base_/datasets/sirst_256x256.py',
]
model = dict(
    data_preprocessor={{_base_.dataset_preprocessor}},
    decode_head={{_base_.target_head}},
    auxiliary_head={{_base_.target_head}})
