# SIRST (341 and 86 images) and NUDT-SIRST (663 and 664) as one dataset, at
# 256 x 256 pixels.
import os

_base_ = '../pipelines/irstd_256x256.py'
data_root = os.environ.get('IRSTD_DATA_ROOT', 'data')
parts = [
    dict(
        type='SIRSTDataset', data_root=f'{data_root}/SIRST', layout='release'),
    dict(type='NUDTSIRSTDataset', data_root=f'{data_root}/NUDT-SIRST'),
]

# Of 0..255; means over the training images of each image's mean and deviation.
dataset_preprocessor = dict(
    mean=[0.430 * 255] * 3,
    std=[0.124 * 255] * 3,
    size={{_base_.image_size}})

train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[
            dict(split='train', pipeline={{_base_.train_pipeline}}, **part)
            for part in parts
        ]))
val_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[
            dict(
                split='test',
                test_mode=True,
                pipeline={{_base_.test_pipeline}},
                **part) for part in parts
        ]))
test_dataloader = val_dataloader
