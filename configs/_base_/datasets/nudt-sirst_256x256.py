# NUDT-SIRST, 663 training and 664 test images, at 256 x 256 pixels.
import os

_base_ = '../pipelines/irstd_256x256.py'
dataset_type = 'NUDTSIRSTDataset'
data_root = os.path.join(
    os.environ.get('IRSTD_DATA_ROOT', 'data'), 'NUDT-SIRST')

# Of 0..255; means over the training images of each image's mean and deviation.
dataset_preprocessor = dict(
    mean=[0.424 * 255] * 3,
    std=[0.130 * 255] * 3,
    size={{_base_.image_size}})

train_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))
val_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))
test_dataloader = val_dataloader
