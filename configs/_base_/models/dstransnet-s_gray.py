# The narrow network for one channel, as LoadInfraredImage(channels=1) gives.
# The dataset's mean and std then have one entry each.
_base_ = './dstransnet-s.py'
model = dict(
    data_preprocessor=dict(bgr_to_rgb=False), backbone=dict(in_channels=1))
