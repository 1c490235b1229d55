# SegNeXt-T. Its head starts from random bases, so predictions of a checkpoint
# differ a little between runs.
_base_ = './segformer-b0_sirst-256x256.py'
model = dict(
    backbone=dict(
        _delete_=True,
        type='MSCAN',
        embed_dims=[32, 64, 160, 256],
        depths=[3, 3, 5, 2],
        mlp_ratios=[8, 8, 4, 4],
        drop_path_rate=0.1,
        norm_cfg=dict(type='BN')),
    decode_head=dict(
        type='LightHamHead',
        in_channels=[64, 160, 256],
        in_index=[1, 2, 3],
        ham_channels=256,
        ham_kwargs=dict(MD_R=16),
        norm_cfg=dict(_delete_=True, type='GN', num_groups=32)))
