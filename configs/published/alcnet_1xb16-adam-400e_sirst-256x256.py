# ALCNet.
_base_ = './_base_/basicirstd_sirst.py'
model = dict(backbone=dict(network='alcnet'))
