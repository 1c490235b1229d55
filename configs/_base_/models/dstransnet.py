# DSTransNet with the paper's constants (18.8 M parameters).
norm_cfg = dict(type='BN', requires_grad=True)
model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(
        type='SegDataPreProcessor',  # mean, std, size: from the dataset
        bgr_to_rgb=True,
        pad_val=0,
        seg_pad_val=255,
        test_cfg=dict(size_divisor=16)),
    backbone=dict(
        type='DSTransNetBackbone',
        in_channels=3,
        base_channels=32,
        width_multipliers=(1, 2, 4, 8, 8),
        wavelet_levels=(7, 6, 5, 4, 3),
        theta=0.7,
        norm_cfg=norm_cfg),
    neck=dict(
        type='RDSFNeck',
        in_channels=(32, 64, 128, 256),
        patch_sizes=(16, 8, 4, 2),
        num_blocks=4,
        expansion=2.66,
        norm_cfg=norm_cfg),
    decode_head=dict(
        type='CSCEHead',
        in_channels=(32, 64, 128, 256, 256),
        stage_channels=(128, 64, 32, 32),
        deep_supervision=True,
        threshold=0.5,
        norm_cfg=norm_cfg,
        loss_decode=dict(
            type='CrossEntropyLoss', use_sigmoid=True, loss_name='loss_bce')),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'))
