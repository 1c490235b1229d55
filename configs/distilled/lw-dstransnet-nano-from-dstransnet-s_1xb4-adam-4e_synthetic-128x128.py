# LW-DSTransNet-nano on generated scenes. Train the teacher first, by
# configs/dstransnet/dstransnet-s_1xb4-adam-4e_synthetic-128x128.py, and name
# its weights: --cfg-options model.teacher_checkpoint=FILE.
_base_ = [
    '../_base_/models/lw-dstransnet_distilled-s.py',
    '../_base_/datasets/synthetic_128x128.py',
    '../_base_/schedules/adam_4e.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor={{_base_.dataset_preprocessor}})
