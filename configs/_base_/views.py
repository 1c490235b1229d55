# Rotated, mirrored and scaled views of an image and its masks.

# For training: of all 8 views, one at random.
flips = [
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='RandomFlip', prob=0.5, direction='vertical'),
    dict(type='RandomRot90', prob=0.5),
]
# For training: rows and columns swapped, half of the time.
transpose = dict(
    type='RandomApply',
    prob=0.5,
    transforms=[
        dict(type='RandomRot90', prob=1.),
        dict(type='RandomFlip', prob=1., direction='vertical'),
    ])

# For test-time augmentation, last in a pipeline. The plain view has to be the
# first.
pack_view = dict(
    type='PackSegInputs',
    meta_keys=('img_path', 'seg_map_path', 'ori_shape', 'img_shape',
               'pad_shape', 'scale_factor', 'flip', 'flip_direction',
               'reduce_zero_label', 'rot90'))
dihedral_views = dict(
    type='TestTimeAug',
    transforms=[
        [dict(type='Rotate90', k=k) for k in range(4)],
        [
            dict(type='RandomFlip', prob=prob, direction='horizontal')
            for prob in (0., 1.)
        ],
        [pack_view],
    ])
transposed_views = dict(
    type='TestTimeAug',
    transforms=[
        [
            dict(
                type='RandomApply',
                prob=1.,
                transforms=[
                    dict(type='Rotate90', k=k),
                    dict(type='RandomFlip', prob=prob, direction='horizontal'),
                ]) for k, prob in ((0, 0.), (3, 1.))
        ],
        [pack_view],
    ])
# The image, and the image at three quarters of its size: 1.56 times the cost.
scaled_views = dict(
    type='TestTimeAug',
    transforms=[
        [
            dict(type='PillowResize', scale_factor=factor)
            for factor in (1., 0.75)
        ],
        [pack_view],
    ])
