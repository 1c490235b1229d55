# IRSTD-1K, 800 training and 201 test images, at 512 x 512 pixels.
import os

_base_ = '../pipelines/irstd_512x512.py'
dataset_type = 'IRSTD1kDataset'
data_root = os.path.join(os.environ.get('IRSTD_DATA_ROOT', 'data'), 'IRSTD-1K')

# Of 0..255; means over the training images of each image's mean and deviation.
dataset_preprocessor = dict(
    mean=[0.343 * 255] * 3,
    std=[0.157 * 255] * 3,
    size={{_base_.image_size}})

train_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))
val_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))
test_dataloader = val_dataloader
