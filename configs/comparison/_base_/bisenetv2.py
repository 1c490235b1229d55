# BiSeNetV2 under the protocol.
_base_ = ['./protocol.py', 'mmseg::_base_/models/bisenetv2.py']
model = dict(
    decode_head={{_base_.target_head}},
    auxiliary_head=[
        dict(
            _base_.target_side_head,
            in_channels=in_channels,
            channels=channels,
            in_index=index,
            num_convs=2)
        for index, (in_channels, channels) in enumerate(
            [(16, 16), (32, 64), (64, 256), (128, 1024)], start=1)
    ])
