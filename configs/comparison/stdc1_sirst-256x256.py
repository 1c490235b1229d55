# STDC1; the last auxiliary head learns the edges of targets.
_base_ = [
    './_base_/protocol.py',
    'mmseg::_base_/models/stdc.py',
    '../_base_/datasets/sirst_256x256.py',
]
model = dict(
    data_preprocessor={{_base_.dataset_preprocessor}},
    decode_head={{_base_.target_head}},
    auxiliary_head=[
        dict(
            _base_.target_side_head,
            type=kind,
            in_channels=in_channels,
            channels=64,
            in_index=index,
            num_convs=1)
        for kind, in_channels, index in (
            ('FCNHead', 128, 2), ('FCNHead', 128, 1), ('STDCHead', 256, 0))
    ])
