"""Recomputation and mixed precision of the whole network, made small."""
import copy

import pytest
import torch
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch import distributed
from torch.nn.parallel import DistributedDataParallel

WIDTHS = (2, 4, 8, 16, 16)
PARTS = ('backbone', 'neck', 'decode_head')


def _network(with_cp=(), base=2):
    widths = [base * w // 2 for w in WIDTHS]
    torch.manual_seed(0)
    model = MODELS.build(dict(
        type='mmseg.EncoderDecoder',
        data_preprocessor=None,
        backbone=dict(type='mmseg.DSTransNetBackbone', base_channels=base,
                      deform_impl='torch',
                      wavelet_levels=(2, 1, 1, 1, 1),
                      with_cp='backbone' in with_cp),
        neck=dict(type='mmseg.RDSFNeck', in_channels=widths[:4], num_blocks=1,
                  with_cp='neck' in with_cp),
        decode_head=dict(
            type='mmseg.CSCEHead', in_channels=widths,
            stage_channels=[w // 2 for w in widths[4:0:-1]],
            with_cp='decode_head' in with_cp)))
    model.init_cfg = None
    for part in PARTS:
        getattr(model, part).init_cfg = None
    return model.train()


def _batch(size=32):
    images = torch.randn(2, 3, size, size)
    samples = []
    for label in (torch.rand(2, 1, size, size) > 0.9).long():
        samples.append(SegDataSample(gt_sem_seg=PixelData(data=label)))
    return images, samples


def _step(model, batch, precision=None):
    """Return losses after a backward pass."""
    with torch.autocast('cpu', dtype=torch.bfloat16,
                        enabled=precision is not None):
        losses = model(*batch, mode='loss')
        losses = {k: v for k, v in losses.items() if 'loss' in k}
    sum(losses.values()).backward()
    return losses


def _calls(model):
    """Count the calls of one layer in each part."""
    counts = dict.fromkeys(PARTS, 0)

    def counted(part):
        def count(*_):
            counts[part] += 1
        return count

    layers = dict(
        backbone=model.backbone.stages[0].difference,
        neck=model.neck.blocks[0].attention.value[0],
        decode_head=model.decode_head.stages[0].gate.up_linear)
    for part, layer in layers.items():
        layer.register_forward_hook(counted(part))
    return counts


@pytest.mark.parametrize('precision', [None, torch.bfloat16])
def test_recomputation_changes_no_bit(precision):
    batch = _batch()
    plain, twice = _network(), _network(PARTS)
    twice.load_state_dict(plain.state_dict())
    calls = _calls(twice)
    losses, same = (_step(m, batch, precision) for m in (plain, twice))
    assert calls == dict.fromkeys(PARTS, 2)
    for name in losses:
        assert torch.equal(losses[name], same[name]), name
    others = dict(twice.named_parameters())
    for name, parameter in plain.named_parameters():
        assert torch.equal(parameter.grad, others[name].grad), name
    for name, value in twice.named_buffers():
        assert torch.equal(value, plain.get_buffer(name)), name


@pytest.fixture
def one_process():
    distributed.init_process_group(
        'gloo', store=distributed.HashStore(), rank=0, world_size=1)
    yield
    distributed.destroy_process_group()


@pytest.mark.parametrize('static_graph', [True, False])
def test_recomputation_in_a_distributed_run(one_process, static_graph):
    batch = _batch()
    plain, twice = _network(), _network(PARTS)
    twice.load_state_dict(plain.state_dict())
    wrapped = DistributedDataParallel(twice, static_graph=static_graph)
    _step(plain, batch)
    _step(wrapped, batch)
    for one, two in zip(plain.parameters(), twice.parameters()):
        assert torch.equal(one.grad, two.grad)


def test_bfloat16_stays_near_float32():
    # 8 channels, as patch embeddings of so few are a case of their own.
    model, batch = _network(base=8).eval(), _batch()
    with torch.no_grad():
        expected = model(batch[0], None, mode='tensor')
        with torch.autocast('cpu', dtype=torch.bfloat16):
            out = model(batch[0], None, mode='tensor')
    error = (out.float() - expected).norm() / expected.norm()
    assert 0 < error < 0.1


def test_losses_and_gradients_are_float32():
    model, batch = _network(), _batch()
    reference = copy.deepcopy(model)
    expected = _step(reference, batch)
    losses = _step(model, batch, torch.bfloat16)
    for name, value in losses.items():
        assert value.dtype == torch.float32
        assert value.item() == pytest.approx(expected[name].item(), rel=0.05)
    for parameter in model.parameters():
        assert parameter.grad.dtype == torch.float32
        assert parameter.grad.isfinite().all()
