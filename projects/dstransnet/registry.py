"""Registry of transforms that share a name with the framework's.

mmseg's inference functions look for the loading step of a test pipeline by
its name: ``inference_model`` replaces it by ``LoadImageFromNDArray`` for
arrays, ``MMSegInferencer`` accepts ``LoadImageFromFile`` only. A step with
``_scope_='projects.dstransnet'`` gets the classes registered here under those
names, and mmseg's classes under all others.
"""
from mmengine.registry import Registry
from mmseg.registry import TRANSFORMS as MMSEG_TRANSFORMS

# The scope is this package's name, as the framework imports SCOPE.registry.
SCOPE = __package__

TRANSFORMS = Registry('transform', parent=MMSEG_TRANSFORMS, scope=SCOPE)
