# A network of build_network() under the protocol. A child config names it.
_base_ = ['./protocol.py', '../../_base_/models/network.py']
model = dict(decode_head=dict(loss_decode={{_base_.target_loss}}))
