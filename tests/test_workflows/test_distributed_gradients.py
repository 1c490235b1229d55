"""Gradients of the whole network: every parameter, and of two processes."""
from pathlib import Path

import pytest
import torch
from helpers.forked_ranks import group, on_ranks
from mmengine.config import Config
from mmengine.model import MMDistributedDataParallel
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

CONFIG = Path(__file__).resolve().parents[2] / (
    'configs/dstransnet/dstransnet-s_1xb4-adam-4e_synthetic-128x128.py')
NORMS = dict(
    BN=dict(type='BN'),
    shared=dict(type='PortableSyncBN'),
    group=dict(type='GN', num_groups=1))
CASES = [('shared', True), ('shared', False), ('group', True), ('BN', True)]


@pytest.fixture(autouse=True)
def _one_thread():
    """On tensors as small as these, threads do little but wait."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def build(norm: str, deep_supervision: bool) -> torch.nn.Module:
    init_default_scope('mmseg')
    model = Config.fromfile(CONFIG).model
    model.backbone.update(base_channels=2, norm_cfg=NORMS[norm])
    model.neck.update(
        in_channels=(2, 4, 8, 16), num_blocks=1, norm_cfg=NORMS[norm])
    model.decode_head.update(
        in_channels=(2, 4, 8, 16, 16), stage_channels=(8, 4, 2, 2),
        deep_supervision=deep_supervision, norm_cfg=NORMS[norm])
    model.data_preprocessor.size = (32, 32)
    torch.manual_seed(0)
    network = MODELS.build(model)
    network.init_weights()
    return network.double().train()  # rounding would hide small mistakes


def batch(first: int, last: int) -> dict:
    rng = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (4, 3, 32, 32), generator=rng)
    masks = torch.zeros(4, 1, 32, 32, dtype=torch.long)
    for number in range(4):
        masks[number, :, number:number + 4, 8:12] = 1
    samples = [
        SegDataSample(
            gt_sem_seg=PixelData(data=mask),
            metainfo=dict(img_shape=(32, 32), ori_shape=(32, 32)))
        for mask in masks
    ]
    return dict(
        inputs=[image.byte() for image in images[first:last]],
        data_samples=samples[first:last])


def gradients(model: torch.nn.Module, data: dict) -> dict:
    network = getattr(model, 'module', model)
    data = network.data_preprocessor(data, True)
    data['inputs'] = data['inputs'].double()
    losses = model(**data, mode='loss')
    sum(value for name, value in losses.items() if 'loss' in name).backward()
    return {name: p.grad for name, p in network.named_parameters()}


@pytest.mark.parametrize('deep_supervision', [True, False])
def test_every_parameter_gets_a_gradient(deep_supervision):
    found = gradients(build('BN', deep_supervision), batch(0, 4))
    assert [name for name, grad in found.items() if grad is None] == []
    assert len(found) > 100


@group
def of_a_rank() -> list[dict]:
    """Take two steps of each case: the second finds what was left over."""
    rank = torch.distributed.get_rank()
    found = []
    for norm, deep_supervision in CASES:
        model = MMDistributedDataParallel(
            build(norm, deep_supervision),
            device_ids=None,
            broadcast_buffers=False,
            find_unused_parameters=False)
        for _ in range(2):
            model.zero_grad()
            grads = gradients(model, batch(2 * rank, 2 * rank + 2))
        found.append({name: grad.clone() for name, grad in grads.items()})
    return found


@pytest.fixture(scope='module')
def shared() -> list[list[dict]]:
    return on_ranks(2, of_a_rank)


def differences(found: dict, whole: dict) -> float:
    """Return the largest difference, relative to the largest gradient."""
    largest = max(float(grad.abs().max()) for grad in whole.values())
    assert found.keys() == whole.keys()
    return max(
        float((found[name] - whole[name]).abs().max())
        for name in whole) / largest


@pytest.mark.parametrize('number', range(len(CASES)))
def test_two_processes_have_the_gradients_of_the_whole_batch(shared, number):
    """Without find_unused_parameters, deep supervision on and off."""
    norm, deep_supervision = CASES[number]
    whole = gradients(
        build('BN' if norm == 'shared' else norm, deep_supervision),
        batch(0, 4))
    one, two = (rank[number] for rank in shared)
    assert differences(one, two) == 0
    if norm == 'BN':  # statistics of their own
        assert differences(one, whole) > 1e-3
    else:
        assert differences(one, whole) < 1e-9

