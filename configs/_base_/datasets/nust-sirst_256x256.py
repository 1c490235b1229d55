# NUST-SIRST, 9978 training and 100 test images, at 256 x 256 pixels.
import os

_base_ = '../pipelines/irstd_256x256.py'
dataset_type = 'NUSTSIRSTDataset'
data_root = os.path.join(
    os.environ.get('IRSTD_DATA_ROOT', 'data'), 'NUST-SIRST')

# Of 0..255; means over the training images of each image's mean and deviation.
# As listed in the release of DSTransNet, whose paper has no results on this
# dataset.
dataset_preprocessor = dict(
    mean=[0.410 * 255] * 3,
    std=[0.105 * 255] * 3,
    size={{_base_.image_size}})

train_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))
val_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))
test_dataloader = val_dataloader
