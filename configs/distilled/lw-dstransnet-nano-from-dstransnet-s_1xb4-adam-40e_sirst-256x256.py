# LW-DSTransNet-nano, taught by the weights of DSTransNet-s that come with
# this project.
_base_ = [
    '../_base_/models/lw-dstransnet_distilled-s.py',
    '../_base_/datasets/sirst_256x256.py',
    '../_base_/schedules/adam_40e.py',
    '../_base_/default_runtime.py',
]
model = dict(
    data_preprocessor={{_base_.dataset_preprocessor}},
    teacher_checkpoint='{{ fileDirname }}/../../projects/dstransnet/weights/'
    'dstransnet-s_1xb4-adam-40e_sirst-256x256.safetensors')
train_dataloader = dict(batch_size=4)
