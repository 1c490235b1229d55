# MSHNet on IRSTD-1K.
_base_ = ['./_base_/mshnet.py', '../_base_/datasets/irstd-1k_512x512.py']
train_dataloader = dict(
    batch_size=4,
    drop_last=True,
    dataset=dict(pipeline={{_base_.recipe_train_pipeline}}))
val_dataloader = dict(
    dataset=dict(pipeline={{_base_.recipe_test_pipeline}}))
test_dataloader = val_dataloader
