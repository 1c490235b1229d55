# BasicIRSTD on IRSTD-1K.
_base_ = ['./basicirstd.py', '../../_base_/datasets/irstd-1k_512x512.py']
model = dict(data_preprocessor=dict(mean=[87.47] * 3, std=[39.72] * 3))
train_dataloader = dict(
    batch_size=16,
    dataset=dict(pipeline={{_base_.recipe_train_pipeline}}))
val_dataloader = dict(
    dataset=dict(pipeline={{_base_.recipe_test_pipeline}}))
test_dataloader = val_dataloader
