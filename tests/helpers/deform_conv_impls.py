"""Implementations of deformable convolution as parameters of tests."""
import pytest

from projects.dstransnet.models.layers import (
    DEFORM_CONV_IMPLS,
    deform_conv_available,
)
from projects.dstransnet.models.layers.deform_conv.module import (
    SINGLE_PRECISION_IMPLS,
)

IMPLS = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(
            not deform_conv_available(name),
            reason=f'the operator of {name} is not installed'))
    for name in DEFORM_CONV_IMPLS
]
DOUBLE_IMPLS = [
    impl for impl in IMPLS if impl.values[0] not in SINGLE_PRECISION_IMPLS
]
