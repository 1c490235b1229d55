# SIRST and NUDT-SIRST together, 341 and 663 training images, at 256 x 256
# pixels. Tested on SIRST: one figure of both test splits would compare with
# no other; benchmark_models.py --datasets tests on each.
import os

_base_ = './sirst_256x256.py'

# Of 0..255; means over the training images of each image's mean and deviation.
dataset_preprocessor = dict(mean=[0.430 * 255] * 3, std=[0.124 * 255] * 3)

train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[
            {{_base_.train_dataloader.dataset}},
            dict(
                type='NUDTSIRSTDataset',
                data_root=os.path.join(
                    os.environ.get('IRSTD_DATA_ROOT', 'data'), 'NUDT-SIRST'),
                split='train',
                pipeline={{_base_.train_pipeline}}),
        ]))
