# RepISD-Net's released weights as its release tests them: on SIRST's 86 test
# images, resized by Pillow to 256 x 256. Published are IoU and nIoU at the
# threshold 0.5 (77.86 / 75.68), beside Pd and Fa at 0.9 (100 / 4.61).
_base_ = ['./_base_/release.py', '../_base_/datasets/sirst_256x256.py']
model = dict(
    data_preprocessor=dict(
        mean=[0.4287 * 255, 0.4290 * 255, 0.4314 * 255],
        std=[0.2277 * 255, 0.2276 * 255, 0.2292 * 255],
        size=(256, 256)),
    backbone=dict(network='repisdnet'))
