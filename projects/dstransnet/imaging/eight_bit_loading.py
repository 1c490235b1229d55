"""Loading of 8-bit images, from files as they are stored."""
from __future__ import annotations

from typing import Any

import mmcv
import numpy as np
from mmcv import transforms
from mmengine import fileio
from mmseg.datasets.transforms import loading

from ..utils.errors import InputError, first_line
from .file_inspection import bit_depth
from .orientation import as_stored


def decode_image(data: bytes, flag: str = 'color', backend: str = 'cv2',
                 name: str = 'image') -> np.ndarray:
    """Decode an image file of 8 bits without turning it.

    Args:
        data (bytes): The whole file.
        flag (str): See :func:`mmcv.imfrombytes`. ``'color'`` and
            ``'grayscale'`` ignore orientation tags, too. Defaults to
            ``'color'``.
        backend (str): See :func:`mmcv.imfrombytes`. Defaults to ``'cv2'``.
        name (str): Name of the file in errors. Defaults to ``'image'``.

    Returns:
        np.ndarray: Shape (H, W) or (H, W, 3), channels in the order BGR.

    Raises:
        InputError: If the file cannot be decoded, or has more than 8 bits
            that the decoder would cut; the message names the file.
    """
    bits = bit_depth(data) or 8
    if bits > 8 and flag != 'unchanged' and backend != 'tifffile':
        raise InputError(
            f'{name}: has {bits} bits, and LoadImageFromFile would cut them '
            'to 8; load it by LoadInfraredImage (docs/guide/sensors.md)')
    # turbojpeg ignores the tag anyway and has no such flag.
    if flag in ('color', 'grayscale') and backend != 'turbojpeg':
        flag += '_ignore_orientation'
    reason = ''
    try:
        image = mmcv.imfrombytes(as_stored(data), flag, backend=backend)
    # Decoders raise errors of any type on malformed bytes.
    except Exception as error:
        image = None
        reason = f' ({type(error).__name__}: {first_line(error)})'
    if image is None:
        raise InputError(f'{name}: not a readable image for LoadImageFromFile'
                         f'{reason}; NPY and float TIFF files need '
                         'LoadInfraredImage')
    return image


class LoadImageFromFile(transforms.LoadImageFromFile):
    """mmcv's transform of this name without its silent changes.

    Images come as they are stored, whatever their orientation tag says, as
    masks do. A file of more than 8 bits raises an error instead of being cut.
    An error names the file that cannot be decoded. The rest is as in
    :class:`mmcv.transforms.LoadImageFromFile`.

    Raises:
        InputError: If the file cannot be decoded or has too many bits.
    """

    def transform(self, results: dict) -> dict | None:
        """Load ``img``; add ``img_shape`` and ``ori_shape``."""
        path = results['img_path']
        try:
            data = fileio.get(
                path, backend_args=self.backend_args or self.file_client_args)
            image = decode_image(
                data, self.color_type, self.imdecode_backend, str(path))
        # As mmcv's; file backends raise errors of any type.
        except Exception:
            if self.ignore_empty:
                return None
            raise
        if self.to_float32:
            image = image.astype(np.float32)
        results['img'] = image
        results['img_shape'] = results['ori_shape'] = image.shape[:2]
        return results


class LoadImageFromNDArray(loading.LoadImageFromNDArray):
    """mmseg's transform of this name, for arrays of at most 8 bits.

    ``inference_model`` and ``MMSegInferencer`` load arrays by it. The network
    would take larger integers for grey levels of 0 to 255.

    Raises:
        InputError: If the array holds integers of more than 8 bits.
    """

    def transform(self, results: dict) -> dict:
        """Check ``img``; add ``img_path``, ``img_shape``, ``ori_shape``."""
        kind = results['img'].dtype
        if kind.kind in 'iu' and kind.itemsize > 1:
            raise InputError(
                f'image: expected an array of uint8, got {kind}; for more '
                "than 8 bits begin the test pipeline with "
                "dict(type='LoadImageFromFile', _scope_='projects.dstransnet')"
                ' (docs/guide/sensors.md)')
        return super().transform(results)


def limited_to_8_bits(transform: Any) -> bool:
    """Tell whether a transform loads images of at most 8 bits."""
    kinds = LoadImageFromFile, transforms.LoadImageFromFile
    return (type(transform) in kinds
            and transform.color_type != 'unchanged'
            and transform.imdecode_backend != 'tifffile')
