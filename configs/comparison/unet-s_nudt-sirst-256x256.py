# MMSegmentation's U-Net at a quarter of the width, on NUDT-SIRST.
_base_ = [
    './_base_/protocol.py',
    'mmseg::_base_/models/fcn_unet_s5-d16.py',
    '../_base_/datasets/nudt-sirst_256x256.py',
]
model = dict(
    data_preprocessor={{_base_.dataset_preprocessor}},
    backbone=dict(base_channels=16, norm_cfg=dict(type='BN')),
    decode_head=dict(_base_.target_head, in_channels=16, channels=16),
    auxiliary_head=dict(_base_.target_head, in_channels=32, channels=16),
    test_cfg=dict(_delete_=True, mode='whole'))
