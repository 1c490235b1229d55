"""Pictures of dataset samples, with their targets marked and enlarged."""
from __future__ import annotations

from collections.abc import Sequence

import mmcv
import numpy as np

from ..datasets.labels import ImageIndex, mask_targets
from ..imaging.components import component_boxes, connected_components
from ..imaging.display import read_for_display
from .findings import Finding, Kind
from .insets import close_up_rows
from .layout import GAP, caption, padded, stacked, wrapped
from .panels import mark
from .view import LONG_SIDE, View, checked_image

MAX_CLOSE_UPS = 8
SHEET_SIDE = 256  # pixels of the longer side of an image in a contact sheet
MOST = 16  # images in the sheet of labels


def _checked(image: np.ndarray,
             labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return an image without a single channel, and a mask of 0 and 1."""
    image = checked_image(image)
    if labels.shape != image.shape[:2]:
        raise ValueError('labels must have the size of the image, '
                         f'{image.shape[:2]}, got {labels.shape}')
    return image, (labels == 1).astype(np.uint8)


def _targets(mask: np.ndarray) -> list[Finding]:
    """List the targets of a mask in raster order."""
    found = connected_components(mask)
    boxes = component_boxes(found).astype(int).tolist()
    return [Finding(Kind.TARGET, number, int(area), tuple(box))
            for number, (area, box) in enumerate(zip(found.areas, boxes), 1)]


def _overview(image: np.ndarray, targets: Sequence[Finding], text: str,
              side: int) -> np.ndarray:
    """Draw the whole image with its targets numbered, below a text."""
    height, width = image.shape[:2]
    view = View.of(height, width, side)
    panel = view.image(image)
    mark(panel, targets, targets, view)
    return stacked((caption(text, panel.shape[1]), panel), gap=0)


def draw_sample(image: np.ndarray, labels: np.ndarray,
                name: str) -> np.ndarray:
    """Draw an image with its targets numbered, and up to 8 of them enlarged.

    Args:
        image (np.ndarray): Image of shape (H, W) or (H, W, 3), uint8, RGB.
        labels (np.ndarray): Labels of shape (H, W), 1 for target pixels.
        name (str): Name in the caption.

    Returns:
        np.ndarray: Picture of shape (rows, columns, 3), uint8, RGB.

    Raises:
        ValueError: If the image or the size of the labels is not as expected.

    Examples:
        >>> labels = np.eye(64, dtype=np.uint8)
        >>> draw_sample(200 * labels, labels, 'a').shape[1:]
        (512, 3)
    """
    image, mask = _checked(image, labels)
    targets = _targets(mask)
    height, width = image.shape[:2]
    count = f'{len(targets)} target' + 's' * (len(targets) != 1)
    blocks = [_overview(
        image, targets, f'{name}: {width} x {height}, {count}', LONG_SIDE)]
    shown = targets[:MAX_CLOSE_UPS]
    if shown:
        blocks.append(close_up_rows(
            shown, image, np.zeros_like(mask), mask, blocks[0].shape[1]))
    if len(targets) > len(shown):
        blocks.append(caption(f'and {len(targets) - len(shown)} more',
                              blocks[0].shape[1]))
    return stacked(blocks)


def draw_contact_sheet(samples: Sequence[tuple[np.ndarray, np.ndarray, str]],
                       columns: int = 4) -> np.ndarray:
    """Draw small pictures of many samples, their targets numbered.

    Args:
        samples (Sequence[tuple]): One or more arguments of
            :func:`draw_sample`: image, labels and name.
        columns (int): Samples in a row. Defaults to 4.

    Returns:
        np.ndarray: Picture of shape (rows, columns, 3), uint8, RGB.

    Raises:
        ValueError: If there is no sample, or one is not as expected.
    """
    if not samples:
        raise ValueError('samples must hold at least one, got none')
    pieces = []
    for image, labels, name in samples:
        image, mask = _checked(image, labels)
        pieces.append(_overview(image, _targets(mask), name, SHEET_SIDE))
    width = max(piece.shape[1] for piece in pieces)
    return wrapped([padded(piece, 0, width) for piece in pieces],
                   columns * (width + GAP))


def write_label_sheet(path: str, images: ImageIndex, masks: str,
                      suffix: str = '', threshold: int | None = None) -> None:
    """Write a picture of up to 16 images, their targets numbered.

    The images are evenly spread over the folder.

    Args:
        path (str): PNG file to write.
        images (ImageIndex): The images.
        masks (str): See :func:`mask_targets`.
        suffix (str): See :func:`mask_targets`. Defaults to none.
        threshold (int, optional): See :func:`mask_targets`. Defaults to None.

    Raises:
        InputError: If an image or a mask cannot be read.
    """
    number = min(MOST, len(images.names))
    chosen = np.linspace(0, len(images.names) - 1, number).astype(int)
    names = [images.names[place] for place in chosen]
    samples = [
        (read_for_display(images.path(name)), found.labels > 0, name)
        for name, found in mask_targets(images, masks, suffix, threshold,
                                        names)]
    mmcv.imwrite(draw_contact_sheet(samples)[..., ::-1], path)
