"""projects/dstransnet/cli/process_group.py; whole runs: test_tools."""
import os

import pytest
import torch
from helpers.forked_ranks import on_ranks
from mmengine.config import Config

from projects.dstransnet.cli.process_group import JOINING, open_gloo_group
from projects.dstransnet.utils.errors import InputError

LIMITED = dict(env_cfg=dict(dist_cfg=dict(timeout=20)))


def _start(absent: int, torchrun: bool, settings: dict) -> str:
    rank = int(os.environ['RANK'])
    if rank == absent:
        return 'absent'
    os.environ[JOINING] = '1'
    # torchrun keeps the store, and all of its processes are clients.
    if torchrun:
        os.environ['TORCHELASTIC_USE_AGENT_STORE'] = 'True'
    if torchrun and rank == 0:
        server = torch.distributed.TCPStore(
            '127.0.0.1', int(os.environ['MASTER_PORT']), is_master=True,
            wait_for_workers=False)
    try:
        open_gloo_group(Config(settings))
    except InputError as error:
        return str(error)
    total = torch.ones(1)
    torch.distributed.all_reduce(total)
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()
    if torchrun and rank == 0:
        del server  # kept until here
    return f'{int(total)} joined'


@pytest.mark.parametrize('torchrun', [False, True])
def test_those_that_are_there_do_not_wait_for_ever(torchrun):
    first, _, last = on_ranks(3, _start, 1, torchrun, LIMITED)
    text = 'not all processes have joined within 1 s'
    assert (f'{text}, absent: rank 1;' if torchrun else text) in first
    # The first has the store, and may be gone before this one has asked.
    assert text in last


@pytest.mark.parametrize('torchrun, settings', [
    (False, LIMITED), (True, LIMITED), (True, dict())])
def test_all_join(torchrun, settings):
    assert on_ranks(3, _start, -1, torchrun, settings) == ['3 joined'] * 3


@pytest.mark.parametrize('text', ['0', '-1', 'soon', '', 'nan', '1e15'])
def test_limits_that_are_none(text, monkeypatch):
    monkeypatch.setenv(JOINING, text)
    with pytest.raises(InputError, match=f'{JOINING}: expected a number'):
        open_gloo_group(Config(dict()))


@pytest.mark.parametrize('seconds', ['abc', 0, [3], 1e15])
def test_timeouts_that_are_none(seconds):
    with pytest.raises(InputError, match='dist_cfg.timeout: expected a numb'):
        open_gloo_group(
            Config(dict(env_cfg=dict(dist_cfg=dict(timeout=seconds)))))
