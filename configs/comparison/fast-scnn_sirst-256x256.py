# Fast-SCNN.
_base_ = [
    './_base_/protocol.py',
    'mmseg::_base_/models/fast_scnn.py',
    '../_base_/datasets/sirst_256x256.py',
]
model = dict(
    data_preprocessor={{_base_.dataset_preprocessor}},
    backbone=dict(norm_cfg=dict(type='BN')),
    decode_head={{_base_.target_head}},
    auxiliary_head=[
        dict(
            _base_.target_side_head,
            in_channels=in_channels,
            channels=32,
            in_index=index,
            num_convs=1)
        for index, in_channels in ((-2, 128), (-3, 64))
    ])
