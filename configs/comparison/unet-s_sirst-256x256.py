# MMSegmentation's U-Net at a quarter of the width, to train on a CPU.
_base_ = './unet_sirst-256x256.py'
model = dict(
    backbone=dict(base_channels=16),
    decode_head=dict(in_channels=16, channels=16),
    auxiliary_head=dict(in_channels=32, channels=16))
