# DSTransNet-R on NUDT-SIRST at 256 x 256: 20 more epochs on crops, with copies
# of targets at a probability of 0.3, from the weights of the 20 epochs without
# copies (docs/design/trainings.md).
_base_ = './dstransnet-r_1xb4-adamw-20e_nudt-sirst-256x256.py'
load_from = ('work_dirs/dstransnet-r_1xb4-adamw-20e_nudt-sirst-256x256/'
             'epoch_20.pth')
train_pipeline = [
    *_base_.train_pipeline[:2],
    # Masks keep the direction in which those of the dataset are shifted.
    dict(
        type='TargetCopyPaste',
        max_copies=2,
        amplitude=(0.4, 1.2),
        reorient=False,
        prob=0.3),
    *_base_.train_pipeline[2:],
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
