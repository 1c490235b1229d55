"""Transforms that go by a name of the framework's.

mmseg's inference functions look for the loading step of a test pipeline by
its name: ``inference_model`` puts ``LoadImageFromNDArray`` in its place when
it is given arrays, ``MMSegInferencer`` accepts nothing but
``LoadImageFromFile``. A step with ``_scope_='projects.dstransnet'`` takes the
classes that stand here under those names, and mmseg's own under all others;
nothing of mmseg's is replaced.
"""
from mmengine.registry import Registry
from mmseg.registry import TRANSFORMS as MMSEG_TRANSFORMS

# The scope is this package's name, as the framework imports SCOPE.registry.
SCOPE = __package__

TRANSFORMS = Registry('transform', parent=MMSEG_TRANSFORMS, scope=SCOPE)
