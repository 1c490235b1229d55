# The protocol that all networks of this folder share, so that their results
# compare.
# - Data, transforms, image size, batch and metrics: those of the dataset file
#   that a config names beside this one. Another dataset is one other line.
# - Schedule: the paper's 500 epochs with Adam. For a CPU: adam_40e.py.
# - Weights: from scratch.
# - Output: one target logit; a pixel is target where its probability exceeds
#   the threshold of the dataset's metric.
# - Loss: soft IoU plus binary cross-entropy, of the output and, with the same
#   weight, of every side output or auxiliary head that the network has.
# - Start: output biases of a target probability of 0.018, without which short
#   trainings of ACM and ALCNet learned nothing, and fused outputs as the mean
#   of the others, without which LW-DSTransNet-nano learned nothing with one of
#   two seeds (docs/design/trainings.md). RPCANet's output has no bias and
#   stays as it is.
# - Seed: 0 for weights and samples (--cfg-options randomness.seed=1).
_base_ = [
    '../../_base_/schedules/adam_500e.py',
    '../../_base_/default_runtime.py',
]
target_loss = [
    dict(type='SoftIoULoss'),
    dict(type='BinaryCrossEntropyLoss'),
]
custom_hooks = [*_base_.custom_hooks, dict(type='TargetPriorHook')]
# For a head of mmseg. SyncBN, its own norm, needs several GPUs.
target_head = dict(
    num_classes=2,
    out_channels=1,
    threshold=0.5,
    norm_cfg=dict(type='BN'),
    sampler=None,
    loss_decode=target_loss)
# For a further head of mmseg, on one stage of the backbone.
target_side_head = dict(
    type='FCNHead',
    concat_input=False,
    num_classes=2,
    out_channels=1,
    norm_cfg=dict(type='BN'),
    loss_decode=target_loss)
