"""A tiny dataset, config and checkpoint of random weights for the tools."""
from pathlib import Path
from types import SimpleNamespace

import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmseg.registry import MODELS

from helpers.tiny_project import CONFIG, ROOT, write_sirst

BASE = (ROOT / 'configs/dstransnet/'
        'dstransnet-s_1xb4-adam-40e_sirst-256x256.py')


def write_project(folder: Path) -> SimpleNamespace:
    """Write them; return ``folder``, ``data``, ``config``, ``checkpoint``."""
    data = folder / 'SIRST'
    write_sirst(data)
    config = folder / 'untrained.py'
    config.write_text(CONFIG.format(base=BASE, data=data))
    checkpoint = folder / 'weights.pth'
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(Config.fromfile(config).model)
    torch.save(
        dict(
            state_dict=model.state_dict(),
            meta=dict(epoch=0, iter=0, dataset_meta={})), checkpoint)
    return SimpleNamespace(
        folder=folder, data=data, config=config, checkpoint=checkpoint)
