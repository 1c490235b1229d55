import pytest

from projects.dstransnet.datasets import (
    CenterPad,
    EvaluateAtInputSize,
    LoadInfraredImage,
    LoadIRSTDMask,
    PillowResize,
    RandomLongSideResize,
    RandomRot90,
    Rotate90,
)


@pytest.mark.parametrize('transform, expected', [
    (EvaluateAtInputSize(), 'EvaluateAtInputSize()'),
    (RandomRot90(0.25), 'RandomRot90(prob=0.25)'),
    (RandomLongSideResize(64, 1.5),
     'RandomLongSideResize(size=64, max_ratio=1.5)'),
    (CenterPad(64), 'CenterPad(size=64)'),
    (PillowResize((64, 32)), 'PillowResize(scale=(64, 32), keep_ratio=False)'),
    (Rotate90(k=3), 'Rotate90(k=3)'),
    (LoadIRSTDMask(threshold=9),
     'LoadIRSTDMask(threshold=9, backend_args=None)'),
    (LoadInfraredImage('none', raw=dict(shape=(4, 5))),
     "LoadInfraredImage(mapping='none', percentiles=(0.1, 100), channels=1, "
     "page=None, raw=RawFormat(shape=(4, 5), dtype='uint16', "
     "byteorder='little', offset=0, frame=None, trailer=None), "
     'backend_args=None)')])
def test_transforms_are_printed_as_calls(transform, expected):
    assert repr(transform) == expected
