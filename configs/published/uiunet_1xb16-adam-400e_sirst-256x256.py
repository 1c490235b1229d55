# UIU-Net.
_base_ = './_base_/basicirstd_sirst.py'
model = dict(
    backbone=dict(network='uiunet'),
    decode_head=dict(
        weights=dict.fromkeys(
            ['d1', 'd2', 'd3', 'd4', 'd5', 'd6', 'out'], 1 / 7)))
