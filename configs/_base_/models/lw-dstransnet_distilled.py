# LW-DSTransNet-nano and the losses against its teacher, the DSTransNet of
# this folder. A child config names weights of the teacher.
_base_ = './dstransnet.py'
encoder = [(f'backbone.network.encoders.{i}', f'backbone.stages.{i}')
           for i in range(4)]
skips = [(f'backbone.network.neck[{i}]', f'neck[{i}]') for i in range(4)]
decoder = [(f'backbone.network.stages.{i}', f'decode_head.stages.{i}')
           for i in range(4)]
model = dict(
    _delete_=True,
    type='DistilledEncoderDecoder',
    teacher={{_base_.model}},
    teacher_checkpoint=None,
    data_preprocessor={{_base_.model.data_preprocessor}},
    backbone=dict(type='NetworkBackbone', network='lw_dstransnet_nano'),
    # Cross-entropy of all six outputs, and Dice of the last one alone.
    decode_head=dict(
        type='LogitsHead',
        threshold=0.5,
        loss_decode=dict(type='BinaryCrossEntropyLoss')),
    auxiliary_head=dict(
        type='LogitsHead',
        weights=dict(gt4=0, gt3=0, gt2=0, gt1=0, gt0=0),
        loss_decode=dict(
            type='BinaryDiceLoss', pooled=True, loss_weight=0.02)),
    # As published: of 1000 epochs, 452 or 552 have these losses.
    distillation=[
        dict(
            type='TOMDLoss',
            pairs=[('backbone[out]', 'decode_head.conv_seg')],
            loss_weight=0.05,
            temperature=6.,
            until=0.552),
        dict(type='SLCDLoss', pairs=decoder[1:], loss_weight=1., until=0.452),
        dict(
            type='PMIFDLoss',
            pairs=encoder + skips + decoder,
            loss_weight=0.005,
            until=0.552),
    ],
    train_cfg=dict(),
    test_cfg=dict(mode='whole'))
