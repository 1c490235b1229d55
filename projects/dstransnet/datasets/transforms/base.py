"""Base of the transforms."""
from __future__ import annotations

from mmcv.transforms import BaseTransform


class Transform(BaseTransform):
    """Base of the transforms, which are printed as the call that makes them.

    Attributes of a transform have the names of its arguments.
    """

    def __repr__(self) -> str:
        settings = ', '.join(f'{name}={value!r}'
                             for name, value in vars(self).items()
                             if not name.startswith('_'))
        return f'{type(self).__name__}({settings})'
