# NUDT-SIRST-Sea, 4961 training and 847 test images, at 1024 x 1024 pixels.
import os

_base_ = '../pipelines/irstd_1024x1024.py'
dataset_type = 'NUDTSIRSTSeaDataset'
data_root = os.path.join(
    os.environ.get('IRSTD_DATA_ROOT', 'data'), 'NUDT-SIRST-Sea')

# Of 0..255; means over the training images of each image's mean and deviation.
# As listed in the release of DSTransNet, whose paper has no results on this
# dataset.
dataset_preprocessor = dict(
    mean=[0.159 * 255] * 3,
    std=[0.074 * 255] * 3,
    size={{_base_.image_size}})

train_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))
val_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))
test_dataloader = val_dataloader
