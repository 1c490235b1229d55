"""A project to be damaged, and tools that start fast."""
import shutil
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import torch

# Draws nothing, which takes longer than everything else.
QUICK = '''
vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(vis_backends=vis_backends)
custom_hooks = [dict(type='FiniteLossHook'), dict(type='MemoryHook')]
'''
# Reads all bits, as for files of cameras.
INFRARED = '''
test_pipeline = [
    dict(type='LoadInfraredImage', mapping='minmax', channels=3),
    dict(type='PillowResize', scale=(32, 32)),
    dict(type='EvaluateAtInputSize'),
    dict(type='LoadIRSTDMask'),
    dict(type='PackSegInputs'),
]
'''


@pytest.fixture
def damaged(project, tmp_path) -> Callable:
    """Function that copies data set and config, for a test to damage."""

    def copy(infrared: bool = False, name: str = 'copy') -> SimpleNamespace:
        folder = tmp_path / name
        data = folder / 'SIRST'
        shutil.copytree(project.data, data)
        config = folder / 'config.py'
        config.write_text(
            f'_base_ = {str(project.config)!r}\n'
            'part = dict(dataset=dict(data_root='
            f'{str(data)!r}))\n' + QUICK + (INFRARED if infrared else '')
            + 'train_dataloader = part\n'
            + 'val_dataloader = test_dataloader = '
            + ("dict(dataset=dict(data_root=part['dataset']['data_root'], "
               'pipeline=test_pipeline))\n' if infrared else 'part\n'))
        return SimpleNamespace(
            folder=folder, data=data, config=config,
            checkpoint=project.checkpoint, work_dir=folder / 'work')

    return copy


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Spare what takes longer than the tools' own work.

    mmengine formats its config, asks compilers for their versions, and waits
    for two seconds after each pass through the data. On tensors as small as
    these, threads do little but wait.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    monkeypatch.setattr('yapf.yapflib.yapf_api.FormatCode',
                        lambda text, **style: (text, True))
    monkeypatch.setattr('mmengine.runner.runner.collect_env', dict)
    monkeypatch.setattr('mmengine.runner.loops.time.sleep', lambda _: None)
    yield
    torch.set_num_threads(threads)
