# DNA-Net.
_base_ = './_base_/basicirstd_nudt-sirst.py'
model = dict(
    backbone=dict(network='dnanet'),
    decode_head=dict(
        weights=dict.fromkeys(['final1', 'final2', 'final3', 'out'], 1 / 4)))
