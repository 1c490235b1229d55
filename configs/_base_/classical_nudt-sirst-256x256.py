# The protocol of the classical detectors: NUDT-SIRST's 664 test images in grey
# at 256 x 256 pixels, not normalised.
_base_ = [
    './models/classical.py',
    './datasets/nudt-sirst_256x256.py',
    './schedules/adam_40e.py',  # not used: there is nothing to train
    './default_runtime.py',
]
tta_model = None
