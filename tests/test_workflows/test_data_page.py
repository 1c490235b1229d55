"""Layouts, figures and configs on the pages about data."""
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmseg.apis import inference_model
from mmseg.registry import DATASETS, MODELS
from PIL import Image

from projects.dstransnet.datasets import BENCHMARK_DATASETS
from projects.dstransnet.datasets.layouts import named_layout

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / 'docs/design/datasets.md').read_text(encoding='utf-8')
GUIDE = (ROOT / 'docs/guide/data.md').read_text(encoding='utf-8')
GUIDE = (ROOT / 'docs/guide/data.md').read_text(encoding='utf-8')
SENSORS = (ROOT / 'docs/guide/sensors.md').read_text(encoding='utf-8')


@pytest.mark.parametrize('name', BENCHMARK_DATASETS)
def test_layouts_and_counts(name):
    kind = BENCHMARK_DATASETS[name]
    [text] = re.findall(
        rf'^### {re.escape(name)}\n(.*?)(?=^##|\Z)', PAGE, re.M | re.S)
    assert f'<{kind.URL}>' in text
    for layout, tree in re.findall(
            r"^layout='(\w+)'\n((?:  .*\n)+)", text, re.M):
        assert named_layout(kind.LAYOUTS, layout).tree() == re.sub(
            '^  ', '', tree, flags=re.M).rstrip()
    [row] = re.findall(rf'^\| \[`{name}`\].*$', GUIDE, re.M)
    assert f'| {kind.COUNTS["train"]} / {kind.COUNTS["test"]} |' in row


def test_config_of_ones_own(tmp_path):
    (text, ) = re.findall(r"```python\n(_base_ = '.*?)```", GUIDE, re.S)
    text = text.replace("_base_ = '", f"_base_ = '{ROOT}/configs/dstransnet/")
    config = tmp_path / 'mine.py'
    config.write_text(text.replace('data/mine', str(tmp_path)))
    for folder in ('images', 'masks'):
        (tmp_path / folder).mkdir()
        for name in 'ab':
            Image.new('L', (9, 8)).save(tmp_path / folder / f'{name}.png')
    (tmp_path / 'train.txt').write_text('a\n')
    (tmp_path / 'test.txt').write_text('b\n')
    cfg = Config.fromfile(config)
    for split, name in (('train', 'a'), ('val', 'b'), ('test', 'b')):
        dataset = DATASETS.build(cfg[f'{split}_dataloader'].dataset)
        assert len(dataset) == 1
        assert dataset.get_data_info(0)['img_path'] == str(
            tmp_path / f'images/{name}.png')
        assert dataset[0]['inputs'].shape[1:] == (256, 256)
    assert cfg.model.data_preprocessor.mean == [0.401 * 255] * 3
    assert cfg.model.data_preprocessor.size == (256, 256)


def test_config_of_a_camera_of_14_bits(tmp_path):
    """Through training, test and inference of an array, with 40 counts."""
    (text, ) = re.findall(r'```python\n(_base_ = \[.*?)```', SENSORS,
                         re.S)
    config = tmp_path / 'camera.py'
    config.write_text(text.replace("'../_base_", f"'{ROOT}/configs/_base_")
                      .replace('data/camera', str(tmp_path)))
    frame = np.full((60, 80), 11980, np.uint16)
    frame[30:33, 40:43] += 40
    for folder, pixels in (('images', frame),
                           ('masks', (frame > 12000).astype(np.uint8) * 255)):
        (tmp_path / folder).mkdir()
        for name in 'ab':
            Image.fromarray(pixels).save(tmp_path / folder / f'{name}.png')
    (tmp_path / 'train.txt').write_text('a\n')
    (tmp_path / 'test.txt').write_text('b\n')
    cfg = Config.fromfile(config)
    for split in ('train', 'val', 'test'):
        sample = DATASETS.build(cfg[f'{split}_dataloader'].dataset)[0]
        assert sample['inputs'].shape == (1, 256, 256)
        inside = sample['data_samples'].gt_sem_seg.data == 1
        assert inside.any()
        contrast = (sample['inputs'][inside].max() - sample['inputs'].float()
                    .median())
        assert 0.5 < contrast < 0.63  # 40 counts are 0.62 of 255 grey levels
    model = MODELS.build(cfg.model)
    assert model.backbone.stages[0].deform.conv.weight.shape[1] == 1
    model.cfg = cfg
    expected = inference_model(model.eval(), str(tmp_path / 'images/b.png'))
    found = inference_model(model, frame)
    assert torch.equal(found.seg_logits.data, expected.seg_logits.data)
    assert found.seg_logits.shape == (60, 80)
