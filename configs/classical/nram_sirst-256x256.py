_base_ = '../_base_/classical_sirst-256x256.py'
model = dict(method='nram')
