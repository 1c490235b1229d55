# U-Net.
_base_ = './_base_/basicirstd_irstd-1k.py'
model = dict(backbone=dict(network='unet'))
