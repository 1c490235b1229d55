# The 8 views that rotating and mirroring makes of an image, for test-time
# augmentation. Comes last in a pipeline. The plain view has to be the first.
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
