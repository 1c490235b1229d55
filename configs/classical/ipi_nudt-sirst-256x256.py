_base_ = '../_base_/classical_nudt-sirst-256x256.py'
model = dict(method='ipi')
