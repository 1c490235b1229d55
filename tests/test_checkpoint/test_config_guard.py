"""Configs inside of checkpoints."""
import pytest
import torch
from mmengine.config import Config
from mmengine.logging import MessageHub
from mmengine.registry import DefaultScope
from mmengine.runner import Runner
from mmseg.apis import MMSegInferencer

from projects.dstransnet.checkpoint.reading import read_checkpoint
from projects.dstransnet.checkpoint.trust import trusting
from projects.dstransnet.utils.errors import InputError


@pytest.fixture
def prepared(project, marker, tmp_path):
    """A checkpoint of plain data, whose config makes the marker."""
    text = (f'import os\nos.makedirs({str(marker)!r}, exist_ok=True)\n'
            + Config.fromfile(project.config).pretty_text)
    hub = MessageHub.get_instance('prepared')
    checkpoint = read_checkpoint(str(project.checkpoint))
    checkpoint['meta'].update(cfg=text, config=text)
    checkpoint['message_hub'] = hub.state_dict() | dict(
        runtime_info=dict(cfg=text))
    path = tmp_path / 'prepared.pth'
    torch.save(checkpoint, path)
    return path


def test_inferencers_want_a_config_of_their_own(prepared, project, marker):
    with pytest.raises(InputError, match='expected a config') as error:
        MMSegInferencer(None, weights=str(prepared), device='cpu')
    assert str(prepared) in str(error.value)
    assert not marker.exists()
    MMSegInferencer(str(project.config), str(prepared), device='cpu')
    assert not marker.exists()


def test_inferencers_take_the_config_of_a_trusted_file(prepared, marker):
    with trusting(str(prepared)):
        MMSegInferencer(None, weights=str(prepared), device='cpu')
    assert marker.exists()


def test_resuming_runs_no_config(prepared, project, marker, tmp_path):
    cfg = Config.fromfile(project.config)
    cfg.work_dir = str(tmp_path / 'work')
    cfg.load_from, cfg.resume = str(prepared), True
    cfg.experiment_name = 'resumes-prepared'
    with DefaultScope.overwrite_default_scope('mmseg'):
        runner = Runner.from_cfg(cfg)
        runner._train_loop = runner.build_train_loop(runner._train_loop)
        runner.optim_wrapper = runner.build_optim_wrapper(runner.optim_wrapper)
        runner.load_or_resume()
    assert not marker.exists()
    assert runner.message_hub.get_info('cfg')
