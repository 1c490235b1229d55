# The protocol of the classical detectors: SIRST's 86 test images in grey at
# 256 x 256 pixels, not normalised; a pixel is target above half of the map's
# maximum. A child config names the method.
_base_ = [
    './datasets/sirst_256x256.py',
    './schedules/adam_40e.py',  # not used: there is nothing to train
    './default_runtime.py',
]
model = dict(
    type='ClassicalDetector', method=None, parameters=dict(), rule='maximum')
tta_model = None
