# RepISD-Net with the branches that deploy() folds, on NUDT-SIRST.
_base_ = ['./_base_/network.py', '../_base_/datasets/nudt-sirst_256x256.py']
model = dict(
    data_preprocessor={{_base_.dataset_preprocessor}},
    backbone=dict(network='repisdnet_train'))
