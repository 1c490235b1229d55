# DeepLabV3+ with ResNet-50.
_base_ = [
    './_base_/protocol.py',
    'mmseg::_base_/models/deeplabv3plus_r50-d8.py',
    '../_base_/datasets/sirst_256x256.py',
]
model = dict(
    data_preprocessor={{_base_.dataset_preprocessor}},
    pretrained=None,
    backbone=dict(norm_cfg=dict(type='BN')),
    decode_head={{_base_.target_head}},
    auxiliary_head={{_base_.target_head}})
