# RPCANet's released weights on SIRST's 86 test images.
# Published: IoU 70.37, F1 82.61. Its Pd (95.41) counts targets with any
# predicted pixel, its Fa (7.42e-5) all predicted pixels outside of targets.
_base_ = ['./_base_/rpcanet.py', '../_base_/datasets/sirst_256x256.py']
val_dataloader = dict(
    dataset=dict(pipeline={{_base_.recipe_test_pipeline}}))
test_dataloader = val_dataloader
