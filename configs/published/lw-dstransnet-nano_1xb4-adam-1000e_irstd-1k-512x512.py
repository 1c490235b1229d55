# LW-DSTransNet-nano on IRSTD-1K.
_base_ = [
    './_base_/lw-dstransnet.py',
    '../_base_/datasets/irstd-1k_512x512.py',
]
model = dict(data_preprocessor={{_base_.dataset_preprocessor}})
train_dataloader = dict(batch_size=4)
