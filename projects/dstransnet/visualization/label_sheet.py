"""Contact sheet of converted labels."""
from __future__ import annotations

import mmcv
import numpy as np

from ..datasets.labels import ImageIndex, mask_targets
from ..imaging.display import read_for_display
from .samples import draw_contact_sheet

MOST = 16  # images in the sheet


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
