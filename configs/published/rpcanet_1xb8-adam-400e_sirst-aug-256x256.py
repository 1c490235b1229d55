# RPCANet on SIRST-Aug.
_base_ = ['./_base_/rpcanet.py', '../_base_/datasets/sirst-aug_256x256.py']
train_dataloader = dict(
    batch_size=8,
    dataset=dict(pipeline={{_base_.recipe_flipped_pipeline}}))
val_dataloader = dict(
    dataset=dict(pipeline={{_base_.recipe_test_pipeline}}))
test_dataloader = val_dataloader
