# BasicIRSTD on NUDT-SIRST.
_base_ = ['./basicirstd.py', '../../_base_/datasets/nudt-sirst_256x256.py']
model = dict(data_preprocessor=dict(mean=[107.81] * 3, std=[33.02] * 3))
train_dataloader = dict(
    batch_size=16,
    dataset=dict(pipeline={{_base_.recipe_train_pipeline}}))
val_dataloader = dict(
    dataset=dict(pipeline={{_base_.recipe_test_pipeline}}))
test_dataloader = val_dataloader
