"""Images that labels of tests name."""
import numpy as np
import pytest
from PIL import Image

from projects.dstransnet.datasets.labels import ImageIndex


@pytest.fixture
def images(tmp_path) -> ImageIndex:
    """Images a, night/b and c of 40 x 30 pixels (width x height).

    Each has a bright target in rows 10 to 12 and columns 20 to 23.
    """
    pixels = np.full((30, 40), 60, np.uint8)
    pixels[10:13, 20:24] = 200
    for name in ('a', 'night/b', 'c'):
        path = tmp_path / f'images/{name}.png'
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
    return ImageIndex(str(tmp_path / 'images'))
