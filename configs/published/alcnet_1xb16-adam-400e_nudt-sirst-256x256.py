# ALCNet.
_base_ = './_base_/basicirstd_nudt-sirst.py'
model = dict(backbone=dict(network='alcnet'))
