# What every configuration shares.
custom_imports = dict(
    imports=['projects.dstransnet'], allow_failed_imports=False)
default_scope = 'mmseg'
env_cfg = dict(
    cudnn_benchmark=True,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'))
vis_backends = [
    dict(type='LocalVisBackend'),
    dict(type='TensorboardVisBackend'),
]
visualizer = dict(
    type='SegLocalVisualizer', vis_backends=vis_backends, name='visualizer')
default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=10),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(
        type='IRSTDCheckpointHook',
        by_epoch=True,
        interval=1,
        max_keep_ckpts=3,
        save_best=['irstd/IoU', 'irstd/nIoU'],
        rule='greater'),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    visualization=dict(type='IRSTDVisualizationHook'))
custom_hooks = [
    dict(type='SyncAllBuffersHook'),
    dict(type='IRSTDCurveHook'),
    dict(type='RandomStateHook'),
    dict(type='ValidationStateHook'),
    dict(type='RunRecordHook'),
    dict(type='FiniteLossHook'),
    dict(type='MemoryHook'),
    dict(type='SegmentorCheckHook'),
    dict(type='BatchSizeHook'),
]
log_processor = dict(by_epoch=True)
log_level = 'INFO'
# Also what makes a resumed run draw the samples of an uninterrupted one.
randomness = dict(seed=0)
# With the tta_pipeline of the dataset, for tools/test.py --tta. The runner
# would set what is not there to the dataset's part of the model's own.
tta_model = dict(type='IRSTDTTAModel', data_preprocessor=None)
load_from = None
resume = False
