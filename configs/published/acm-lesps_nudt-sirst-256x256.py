# ACM's weights of LESPS as that release tests them: on NUDT-SIRST's 664 test
# images, always padded to the next larger multiple of 32, so 256 becomes 288.
# Published: IoU 57.42, Pd 91.75, Fa 39.73.
_base_ = ['./_base_/release.py', '../_base_/datasets/nudt-sirst_256x256.py']
model = dict(
    data_preprocessor=dict(
        mean=[95.010] * 3,
        std=[41.511] * 3,
        size=(256, 256),
        test_cfg=dict(_delete_=True, size=(288, 288))),
    backbone=dict(network='acm'))
