import mmcv
import numpy as np

from projects.dstransnet.datasets.labels import ImageIndex
from projects.dstransnet.visualization.findings import Kind
from projects.dstransnet.visualization.label_sheet import (
    MOST,
    write_label_sheet,
)
from projects.dstransnet.visualization.samples import SHEET_SIDE


def test_some_of_many_images(tmp_path):
    mask = np.zeros((32, 64), np.uint8)
    mask[10:13, 20:24] = 255
    for number in range(MOST + 9):
        mmcv.imwrite(mask // 2, str(tmp_path / f'images/{number}.png'))
        mmcv.imwrite(mask, str(tmp_path / f'masks/{number}_gt.png'))
    path = tmp_path / 'sheet.png'
    write_label_sheet(str(path), ImageIndex(str(tmp_path / 'images')),
                      str(tmp_path / 'masks'), '_gt')
    sheet = mmcv.imread(str(path), channel_order='rgb')
    assert sheet.shape[1] == 4 * SHEET_SIDE + 3 * 8
    rows = (sheet == Kind.TARGET.colour).all(axis=2).any(axis=1)
    starts = np.flatnonzero(rows[1:] & ~rows[:-1])
    assert len(starts) == MOST // 4
