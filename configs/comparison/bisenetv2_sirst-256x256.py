# BiSeNetV2.
_base_ = ['./_base_/bisenetv2.py', '../_base_/datasets/sirst_256x256.py']
model = dict(data_preprocessor={{_base_.dataset_preprocessor}})
