# SIRST (NUAA), 341 training and 86 test images, at 256 x 256 pixels.
import os

_base_ = '../pipelines/irstd_256x256.py'
dataset_type = 'SIRSTDataset'
data_root = os.path.join(os.environ.get('IRSTD_DATA_ROOT', 'data'), 'SIRST')
# The paper's cut; that of 'toolbox' is 213 and 214 images.
layout = 'release'

# Of 0..255; means over the training images of each image's mean and deviation.
dataset_preprocessor = dict(
    mean=[0.442 * 255] * 3,
    std=[0.111 * 255] * 3,
    size={{_base_.image_size}})

# For trainings that keep nearly the scale of the test.
size_jitter = dict(
    type='RandomResize',
    scale={{_base_.image_size}},
    ratio_range=(0.95, 1.05),
    resize_type='PillowResize',
    keep_ratio=False)

train_dataloader = dict(
    dataset=dict(type=dataset_type, data_root=data_root, layout=layout))
val_dataloader = dict(
    dataset=dict(type=dataset_type, data_root=data_root, layout=layout))
test_dataloader = val_dataloader
