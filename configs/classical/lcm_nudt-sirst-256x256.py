# Its scores have a floor near the local brightness, so that most pixels are
# above half of the maximum.
_base_ = '../_base_/classical_nudt-sirst-256x256.py'
model = dict(method='lcm', rule='deviation', k=10)
