"""What is said of data that are not those of training."""
from projects.dstransnet.engine.provenance import (
    Fingerprint,
    changed_data,
    training_images,
)


def data(source='test.txt', kind='SIRSTDataset', **files) -> Fingerprint:
    """Fingerprint of names with the digests of an image and a mask."""
    listing = '\n'.join(f'10 {image} 5 {mask} {name}'
                        for name, (image, mask) in files.items())
    return Fingerprint(kind, source, len(files), 15 * len(files), listing)


BEFORE = data(a=('i1', 'm1'), b=('i2', 'm2'), c=('i3', 'm3'))
TITLE = 'SIRSTDataset (test.txt)'


def test_each_kind_of_difference_is_named():
    after = data(b=('i2', 'm'), c=('i', 'm3'), d=('i4', 'm4'))
    assert changed_data([BEFORE], [after]) == [
        f'{TITLE} is not as it was in training: of 3 samples, 1 missing (a), '
        '1 new (d), 1 with another image (c), 1 with another mask (b)'
    ]


def test_other_data_sets_are_no_mistake():
    other = data(a=('i', 'm'), kind='NUDTSIRSTDataset')
    assert changed_data([BEFORE], [other]) == []
    assert changed_data([BEFORE], [data('train.txt', a=('i', 'm'))]) == []


def test_training_images_are_found_by_content():
    train = data('train.txt', a=('i1', 'm1'), b=('i2', 'm2'))
    test = data(b=('i1', 'm'), c=('i3', 'm2'), d=('i2', 'm4'))
    # b has the image of a; what has the name b does not count.
    assert training_images([train], [test]) == [
        f'{TITLE}: 2 of 3 test images are among the training images '
        '(b = a, d = b)'
    ]
    assert training_images([train], [data(c=('i3', 'm2'))]) == []


def test_sizes_alone_say_nothing_of_content():
    train = data('train.txt', a=('-', '-'))
    assert training_images([train], [data(a=('-', '-'))]) == []


def test_generated_scenes_of_the_same_series():
    train, test, other = (
        Fingerprint('SyntheticIRSTDDataset', root, 10, 0, f'{root} {numbers}')
        for root, numbers in (
            ('synthetic://size=128/images', '0-9'),
            ('synthetic://size=128/images', '5-14'),
            ('synthetic://seed=1,size=128/images', '0-9')))
    (line, ) = training_images([train], [test])
    assert ('5 of 10 test images are among the training images (000005, '
            '000006, 000007, ... and 2 more)') in line
    assert training_images([train], [other]) == []
    (line, ) = changed_data([train], [test])
    assert '5 missing (000000' in line and '5 new (000010' in line
