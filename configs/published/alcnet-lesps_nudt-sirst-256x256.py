# ALCNet's weights of LESPS, tested like ACM's.
# Published: IoU 61.78, Pd 91.32, Fa 36.36.
_base_ = './acm-lesps_nudt-sirst-256x256.py'
model = dict(backbone=dict(network='alcnet'))
