# long-side_256x256.py at 512 x 512 pixels.
_base_ = './long-side_256x256.py'
model = dict(data_preprocessor=dict(size=(512, 512)))
recipe_train_pipeline = _base_.recipe_train_pipeline
recipe_train_pipeline[3].size = 256
recipe_train_pipeline[4].size = (512, 512)
recipe_train_pipeline[5].crop_size = (512, 512)
recipe_test_pipeline = _base_.recipe_test_pipeline
recipe_test_pipeline[1].scale = (512, 512)
