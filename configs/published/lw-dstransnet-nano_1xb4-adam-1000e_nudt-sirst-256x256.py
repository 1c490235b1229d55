# LW-DSTransNet-nano on NUDT-SIRST.
_base_ = [
    './_base_/lw-dstransnet.py',
    '../_base_/datasets/nudt-sirst_256x256.py',
]
model = dict(data_preprocessor={{_base_.dataset_preprocessor}})
train_dataloader = dict(batch_size=4)
