# SegFormer-B0.
_base_ = [
    './_base_/protocol.py',
    'mmseg::_base_/models/segformer_mit-b0.py',
    '../_base_/datasets/sirst_256x256.py',
]
model = dict(
    data_preprocessor={{_base_.dataset_preprocessor}},
    decode_head={{_base_.target_head}})
