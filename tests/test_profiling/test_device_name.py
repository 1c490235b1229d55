import importlib.metadata
import json
from pathlib import Path

import torch

from projects.dstransnet.profiling import (
    device_name,
    versions,
)
from projects.dstransnet.profiling import (
    device_name as environment,
)


def test_versions():
    found = json.loads(json.dumps(versions()))
    assert found['torch'] == torch.__version__
    assert found['mmseg'] and found['mmcv'] and found['python']
    assert {'cuda', 'cudnn'} <= set(found)
    for name in ('torchvision', 'numba', 'openvino', 'triton'):
        try:
            expected = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            expected = None
        assert found[name] == expected


def test_processor(monkeypatch, tmp_path):
    (tmp_path / 'cpuinfo').write_text(
        'processor : 0\nmodel name\t: A chip: fast\nmodel name\t: Other\n')
    monkeypatch.setattr(
        environment, 'Path', lambda path: tmp_path / Path(path).name)
    assert device_name(torch.device('cpu')) == 'A chip: fast'
    (tmp_path / 'cpuinfo').unlink()
    assert device_name(torch.device('cpu'))
