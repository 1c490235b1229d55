# SIRST3 put together from SIRST (213 and 214 images, as toolboxes cut it),
# NUDT-SIRST and IRSTD-1K, each in its own folder; at 480 x 480 pixels. What
# looks for one test dataset (MMSegInferencer) takes the config of SIRST3.
import os

_base_ = '../pipelines/irstd_480x480.py'
data_root = os.environ.get('IRSTD_DATA_ROOT', 'data')
parts = [
    dict(
        type='SIRSTDataset', data_root=f'{data_root}/SIRST', layout='toolbox'),
    dict(type='NUDTSIRSTDataset', data_root=f'{data_root}/NUDT-SIRST'),
    dict(type='IRSTD1kDataset', data_root=f'{data_root}/IRSTD-1K'),
]

# Of SIRST3, see there.
dataset_preprocessor = dict(
    mean=[0.386 * 255] * 3,
    std=[0.141 * 255] * 3,
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
