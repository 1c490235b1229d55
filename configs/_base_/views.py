# Rotated and mirrored views of an image and its masks.

# Of all 8 views, one at random.
flips = [
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='RandomFlip', prob=0.5, direction='vertical'),
    dict(type='RandomRot90', prob=0.5),
]
# Rows and columns swapped, half of the time.
transpose = dict(
    type='RandomApply',
    prob=0.5,
    transforms=[
        dict(type='RandomRot90', prob=1.),
        dict(type='RandomFlip', prob=1., direction='vertical'),
    ])
# All 8 views, for test-time augmentation. Comes last in a pipeline. The plain
# view has to be the first.
dihedral_views = dict(
    type='TestTimeAug',
    transforms=[
        [dict(type='Rotate90', k=k) for k in range(4)],
        [
            dict(type='RandomFlip', prob=prob, direction='horizontal')
            for prob in (0., 1.)
        ],
        [
            dict(
                type='PackSegInputs',
                meta_keys=('img_path', 'seg_map_path', 'ori_shape',
                           'img_shape', 'pad_shape', 'scale_factor', 'flip',
                           'flip_direction', 'reduce_zero_label', 'rot90'))
        ],
    ])
