# MMSegmentation's U-Net with an FCN head.
_base_ = [
    './_base_/protocol.py',
    'mmseg::_base_/models/fcn_unet_s5-d16.py',
    '../_base_/datasets/sirst_256x256.py',
]
model = dict(
    data_preprocessor={{_base_.dataset_preprocessor}},
    backbone=dict(norm_cfg=dict(type='BN')),
    decode_head={{_base_.target_head}},
    auxiliary_head={{_base_.target_head}},
    test_cfg=dict(_delete_=True, mode='whole'))
