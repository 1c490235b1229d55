# BasicIRSTD on SIRST, in its cut of 213 and 214 images.
_base_ = ['./basicirstd.py', '../../_base_/datasets/sirst_256x256.py']
model = dict(data_preprocessor=dict(mean=[101.06] * 3, std=[34.62] * 3))
train_dataloader = dict(
    batch_size=16,
    dataset=dict(
        layout='toolbox',
        pipeline={{_base_.recipe_train_pipeline}}))
val_dataloader = dict(
    dataset=dict(
        layout='toolbox',
        pipeline={{_base_.recipe_test_pipeline}}))
test_dataloader = val_dataloader
