# irstd_256x256.py at 480 x 480 pixels.
_base_ = './irstd_256x256.py'
image_size = (480, 480)  # height, width

train_pipeline = _base_.train_pipeline
train_pipeline[5].size = train_pipeline[6].size = 480
train_pipeline[7].crop_size = image_size
test_pipeline = _base_.test_pipeline
test_pipeline[1].scale = image_size[::-1]
tta_pipeline = [*test_pipeline[:-1], _base_.tta_pipeline[-1]]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
