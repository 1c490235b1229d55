# RDIAN's released weights, trained on IRDST, on SIRST's 86 test images, for
# which nothing is published: a check of the port.
_base_ = ['./_base_/release.py', '../_base_/datasets/sirst_512x512.py']
model = dict(
    data_preprocessor=dict(
        mean=[-0.1246 * 255] * 3, std=[1.0923 * 255] * 3, size=(512, 512)),
    backbone=dict(network='rdian'))
