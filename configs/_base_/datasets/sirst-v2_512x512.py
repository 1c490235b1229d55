# SIRST-V2, 768 training and 256 test images, at 512 x 512 pixels.
import os

_base_ = '../pipelines/irstd_512x512.py'
dataset_type = 'SIRSTv2Dataset'
data_root = os.path.join(os.environ.get('IRSTD_DATA_ROOT', 'data'), 'SIRST-v2')

# Of 0..255; means over the training images of each image's mean and deviation.
# As listed in the release of DSTransNet, whose paper has no results on this
# dataset.
dataset_preprocessor = dict(
    mean=[0.399 * 255] * 3,
    std=[0.153 * 255] * 3,
    size={{_base_.image_size}})

train_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))
val_dataloader = dict(dataset=dict(type=dataset_type, data_root=data_root))
test_dataloader = val_dataloader
