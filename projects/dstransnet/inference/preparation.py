"""Preparation of files and arrays for the network."""
from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope

from ..imaging.eight_bit_loading import limited_to_8_bits
from ..imaging.file_inspection import bit_depth, inspect_image
from ..imaging.full_depth_reading import read_infrared
from ..imaging.npy_files import npy_layout
from ..registry import SCOPE
from ..utils.config import RESIZES, leaf_settings, reading_options
from ..utils.errors import InputError

_LOADERS = ('LoadImageFromFile', 'LoadInfraredImage')
_MASK_LOADERS = ('LoadIRSTDMask', 'LoadAnnotations')
_UNKNOWN_TO_OPENCV = ('.npy', '.gif')
_ADVICE = ("map the range of the sensor to 8 bits: dstransnet predict "
           "--mapping minmax, mapping='minmax' in Python "
           "(docs/guide/sensors.md)")


def inference_pipeline(
        cfg: Config,
        size: Sequence[int] | str | None = None,
        mapping: str | Mapping[str, float] | None = None
) -> list[dict[str, Any]]:
    """Return the steps of a config's test pipeline without those of masks.

    Args:
        cfg (Config): Config of a run. The pipeline is that of the test data
            set, of joined ones the first, or else ``test_pipeline``.
        size (Sequence[int] | str, optional): Height and width to resize
            images to, or ``'native'`` to leave out resizing. Defaults to
            None, as in the config.
        mapping (str | Mapping, optional): Read images by
            :class:`.LoadInfraredImage` with this mapping to 0 .. 255,
            whatever the config's loader. Defaults to None, as in the config.

    Returns:
        list[dict]: Settings of the steps.

    Raises:
        InputError: If the config has no such pipeline, or ``size`` is none
            of these.

    Examples:
        >>> names = 'LoadImageFromFile', 'LoadIRSTDMask', 'PackSegInputs'
        >>> cfg = Config(dict(test_pipeline=[dict(type=n) for n in names]))
        >>> [step['type'] for step in inference_pipeline(cfg, (64, 80))]
        ['LoadImageFromFile', 'PillowResize', 'PackSegInputs']
    """
    steps = cfg.get('test_pipeline')
    if cfg.get('test_dataloader') is not None:
        first = next(leaf_settings(cfg.test_dataloader.dataset))
        steps = first.get('pipeline', steps)
    if not steps or steps[0]['type'] not in _LOADERS:
        raise InputError(
            f'{cfg.filename or "config"}: expected a test pipeline that '
            f'starts with {" or ".join(_LOADERS)}, got '
            f'{steps[0]["type"] if steps else None}')
    steps = _without_masks(steps)
    if mapping is not None:
        steps = _mapped(steps, mapping)
    if size is None:
        return steps
    own = [step for step in steps if step['type'] in RESIZES]
    steps = [step for step in steps if step['type'] not in RESIZES]
    if size == 'native':
        return steps
    if (not isinstance(size, (list, tuple)) or len(size) != 2
            or any(type(side) is not int or side < 1 for side in size)):
        raise InputError('size: expected height and width in pixels, or '
                         f"'native', got {size!r}")
    resize: dict[str, Any] = dict(type='PillowResize')
    if own:
        resize = dict(own[0])
        resize.pop('scale_factor', None)
    resize.update(scale=tuple(size)[::-1], keep_ratio=False)
    return [steps[0], resize, *steps[1:]]


def _without_masks(steps: Sequence[Any]) -> list[Any]:
    """Return steps, also in lists of steps, without those of masks."""
    kept: list[Any] = []
    for step in steps:
        if not isinstance(step, Mapping):
            kept += [inside] if (inside := _without_masks(step)) else []
        elif step['type'] not in _MASK_LOADERS:
            kept.append(dict(step))
            if 'transforms' in step:
                kept[-1]['transforms'] = _without_masks(step['transforms'])
    return kept


def _mapped(steps: Sequence[dict[str, Any]],
            mapping: str | Mapping[str, float]) -> list[dict[str, Any]]:
    """Return the steps for images whose range is mapped to 0 .. 255."""
    own = steps[0]
    loader: dict[str, Any] = dict(
        type='LoadImageFromFile', _scope_=SCOPE, mapping=mapping)
    if 'mapping' in own:
        loader = dict(own, mapping=mapping)
    elif own.get('color_type', 'color') == 'color':
        loader['channels'] = 3
    # Resize by Pillow takes 8 bits alone.
    resizes = [dict(type='PillowResize', scale=step['scale'],
                    keep_ratio=step.get('keep_ratio', False))
               if step['type'] == 'Resize' and 'scale' in step else step
               for step in steps[1:]]
    return [loader, *resizes]


def views_after(pipeline: Sequence[dict[str, Any]],
                tta_pipeline: Sequence[dict[str, Any]]
                ) -> list[dict[str, Any]]:
    """Return a test pipeline that ends in all views of ``tta_pipeline``.

    Views of this project's configs, which its own steps turn or resize,
    replace the last step, packing, of the test pipeline. Another
    ``tta_pipeline`` is used as it is.
    """
    if has_own_views(tta_pipeline) and pipeline:
        return [*pipeline[:-1], tta_pipeline[-1]]
    return list(tta_pipeline)


def has_own_views(tta_pipeline: Sequence[dict[str, Any]]) -> bool:
    """Tell whether views are those of this project's configs."""
    # A step stands alone, or in a step of steps.
    return any(f"'{name}'" in str(tta_pipeline[-1])
               for name in ('Rotate90', 'PillowResize'))


def to_grey(pixels: np.ndarray) -> np.ndarray:
    """Return the grey levels of an image.

    Args:
        pixels (np.ndarray): Shape (H, W), (H, W, 1) or (H, W, 3), BGR; any
            type.

    Returns:
        np.ndarray: Shape (H, W): the luma of ITU-R BT.601 of three channels,
        equal channels keep their value up to rounding.

    Examples:
        >>> to_grey(np.full((1, 1, 3), 7, np.uint8)).tolist()
        [[7]]
    """
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        return pixels.reshape(pixels.shape[:2])
    if pixels.dtype not in (np.uint8, np.uint16):
        pixels = pixels.astype(np.float32)
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)


def _for_arrays(steps: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the steps for images that are in memory already."""
    first = dict(steps[0])
    if first['type'] == 'LoadImageFromFile':
        first['type'] = 'LoadImageFromNDArray'
    return [first, *steps[1:]]


def _is_deep(source: str | os.PathLike | np.ndarray) -> bool:
    """Tell whether an image has other values than integers of 8 bits."""
    if isinstance(source, np.ndarray):
        return source.dtype != np.uint8
    path = os.fspath(source)
    if not os.path.isfile(path):
        return False
    if path.lower().endswith('.npy'):
        with open(path, 'rb') as file:
            return npy_layout(file, os.path.getsize(path)).dtype != np.uint8
    return (bit_depth(path) or 8) > 8


class FramePreparation:
    """Reads and resizes images as a config's test pipeline does.

    Called from several threads at once, as test pipelines draw nothing at
    random.

    Args:
        cfg (Config): Config of a run.
        size (Sequence[int] | str, optional): See
            :func:`inference_pipeline`. Defaults to None.
        mapping (str | Mapping, optional): See :func:`inference_pipeline`; or
            ``'auto'``: that of the config, and for images of more than 8 bits,
            where the config takes 8, ``'minmax'``. Defaults to None.
        tta (bool): Whether samples are the views of the config's
            ``tta_pipeline``. Defaults to False.

    Attributes:
        reading (dict): How files are read, see :func:`reading_options`.

    Raises:
        InputError: As :func:`inference_pipeline` does; or if the views of
            another project cannot follow ``size`` or ``mapping``.
    """

    def __init__(self,
                 cfg: Config,
                 size: Sequence[int] | str | None = None,
                 mapping: str | Mapping[str, float] | None = None,
                 tta: bool = False) -> None:
        init_default_scope(cfg.get('default_scope', 'mmseg'))
        steps = inference_pipeline(
            cfg, size, None if mapping == 'auto' else mapping)
        whole = False  # the views are a pipeline of their own
        if tta:
            if cfg.get('tta_pipeline') is None:
                raise InputError('tta: expected a tta_pipeline in the config')
            views = _without_masks(cfg.tta_pipeline)
            whole = not has_own_views(views)
            if whole and (size is not None or mapping not in (None, 'auto')):
                raise InputError(
                    'tta: with size or mapping, expected a tta_pipeline of '
                    'the steps of this project, PillowResize or Rotate90; '
                    "the config's resizes images itself")
            steps = views_after(steps, views)
        self.reading: Mapping[str, Any] = reading_options(steps)
        self._files = Compose(steps)
        self._arrays = Compose(_for_arrays(steps))
        first = self._files.transforms[0]
        self._cuts = limited_to_8_bits(first)
        # mmcv's decoder makes three channels of any file.
        self._colour = self._cuts and first.color_type == 'color'
        self._deep = (
            FramePreparation(cfg, size, 'minmax', tta)
            if mapping == 'auto' and self._cuts and not whole else None)

    def __call__(self,
                 source: str | os.PathLike | np.ndarray,
                 page: int | None = None) -> dict:
        """Return one sample as a data loader would.

        Args:
            source (str | PathLike | np.ndarray): Path of an image file; or
                its pixels, as :class:`LoadInfraredImage` takes them where the
                config loads by that, otherwise uint8 of shape (H, W) or
                (H, W, 3), channels as OpenCV has them (BGR).
            page (int, optional): Page of a file that holds several, from 0.
                Defaults to None.

        Returns:
            dict: ``inputs``, Tensor (C, H, W), and ``data_samples``; lists of
            these for views.

        Raises:
            InputError: If it is no such image; for files the message names
                it.
        """
        if page is not None and not isinstance(source, np.ndarray):
            return self._decoded(os.fspath(source), page)
        if self._deep is not None and _is_deep(source):
            if (isinstance(source, np.ndarray) and source.size
                    and source.shape[2:] in ((1, ), (3, ))):
                source = to_grey(source)
            return self._deep(source)
        if isinstance(source, np.ndarray):
            return self._arrays(dict(img=self._pixels(source)))
        path = os.fspath(source)
        self._check_file(path)
        if self._cuts and path.lower().endswith(_UNKNOWN_TO_OPENCV):
            return self._decoded(path)
        return self._files(dict(img_path=path))

    def _decoded(self, path: str, page: int | None = None) -> dict:
        """Return the sample of a file that is decoded here."""
        pixels = read_infrared(
            path, self.reading.get('backend_args'), page)
        try:
            sample = self(pixels)
        except InputError as error:
            raise InputError(f'{path}: {error}') from error
        packed = sample['data_samples']
        for each in packed if isinstance(packed, list) else [packed]:
            each.set_metainfo(dict(img_path=path))
        return sample

    def _pixels(self, pixels: np.ndarray) -> np.ndarray:
        """Return an array as the loader of arrays wants it."""
        if not self._cuts:
            return pixels
        if (pixels.dtype != np.uint8 or not pixels.size
                or pixels.ndim not in (2, 3) or pixels.shape[2:] not in (
                    (), (1, ), (3, ))):
            advice = '' if pixels.dtype == np.uint8 else f'; {_ADVICE}'
            raise InputError(
                'expected uint8 of shape (H, W), (H, W, 1) or (H, W, 3), as '
                f'the config loads 8-bit images, got {pixels.dtype} of shape '
                f'{pixels.shape}{advice}')
        if pixels.shape[2:] == (1, ):
            pixels = pixels[..., 0]
        if pixels.ndim == 2 and self._colour:
            return np.repeat(pixels[..., None], 3, axis=2)
        return pixels

    def _check_file(self, path: str) -> None:
        """Raise for files that a decoder would misread, or name badly."""
        if '://' in path or self.reading.get('raw') is not None:
            return
        problem = inspect_image(path).problem
        if problem is None and self._cuts:
            bits = bit_depth(path) or 8
            if bits > 8:
                problem = (
                    f'has {bits} bits, and the config loads 8-bit images; '
                    f'{_ADVICE}')
        if problem is not None:
            raise InputError(f'{path}: {problem}')
