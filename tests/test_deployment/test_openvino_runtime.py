import copy
import pickle
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
import torch
from helpers.small_networks import (
    assert_equal_up_to_rounding,
    images,
    needs_gpu,
    needs_openvino,
    two_convs,
)
from torch import nn

from projects.dstransnet.deployment import openvino_runtime
from projects.dstransnet.deployment.deployed_layers import ExportedDeformConv2d
from projects.dstransnet.deployment.openvino_runtime import (
    OpenVINORuntime,
    openvino_model,
)
from projects.dstransnet.models.layers import ModulatedDeformConv2d
from projects.dstransnet.utils.errors import InputError


@needs_openvino
@pytest.mark.parametrize('dtype, bound', [(torch.float32, 1e-5),
                                          (torch.bfloat16, 0.05)])
def test_shapes(dtype, bound):
    plain = two_convs()
    runtime = OpenVINORuntime(plain, dtype)
    for n, height, width in [(1, 8, 8), (3, 5, 7), (1, 8, 8), (1, 1, 1),
                             (1, 2, 3), (2, 2, 3)]:
        x = images(n, 3, height, width)
        assert_equal_up_to_rounding(runtime(x), plain(x), bound)
    assert len(runtime.compiled) == 4
    assert (1, 3, 8, 8) in runtime.compiled
    assert (3, 3, 5, 7) not in runtime.compiled  # the oldest
    x = images(1, 2, 3, 3).permute(0, 3, 1, 2)  # another memory format
    assert_equal_up_to_rounding(runtime(x), plain(x), bound)


class SumOfGroupNorms(nn.Module):
    """As in the head of SegNeXt."""

    def __init__(self):
        super().__init__()
        self.first, self.second = (
            nn.Sequential(nn.Conv2d(16, 16, 1), nn.GroupNorm(4, 16))
            for _ in range(2))

    def forward(self, x):
        x = self.first(x).relu()
        return (x + self.second(x)).relu()


@needs_openvino
def test_sums_of_group_norms_do_not_end_the_process():
    plain, x = SumOfGroupNorms().eval(), images(1, 16, 8, 8)
    for _ in range(2):  # the second time from the disk
        assert_equal_up_to_rounding(OpenVINORuntime(plain)(x), plain(x))


@needs_openvino
def test_positions_stay_precise_in_bfloat16():
    # Rounded, a coordinate near 1 is off by up to half a pixel of 512.
    conv = ModulatedDeformConv2d(4, 4)
    nn.init.normal_(conv.conv_offset_mask.weight, std=0.05)
    plain = nn.Sequential(
        nn.Conv2d(4, 4, 1),  # whose output is in bfloat16
        ExportedDeformConv2d(conv)).eval().requires_grad_(False)
    x = images(1, 4, 4, 512)
    expected = plain(x)
    found = OpenVINORuntime(plain, torch.bfloat16)(x)
    assert (found - expected).norm() < 0.02 * expected.norm()


@needs_openvino
def test_weights_are_rounded_to_the_nearest_in_bfloat16():
    plain = nn.Conv2d(64, 8, 1, bias=False).eval().requires_grad_(False)
    plain.weight.uniform_(0.5, 1)  # cut off they would be 0.3 % smaller
    x = torch.ones(1, 64, 8, 8)
    ratio = OpenVINORuntime(plain, torch.bfloat16)(x) / plain(x)
    assert abs(ratio.mean() - 1) < 1e-3


@needs_openvino
def test_results_stay_when_the_next_comes():
    plain = two_convs()
    runtime = OpenVINORuntime(plain)
    first = runtime(images(1, 3, 4, 4))
    kept = first.clone()
    runtime(images(1, 3, 4, 4) + 1)
    assert torch.equal(first, kept)


@needs_openvino
def test_copies_and_new_weights():
    runtime = OpenVINORuntime(two_convs())
    x = images(1, 3, 4, 4)
    expected = runtime(x)
    for twin in (copy.deepcopy(runtime), pickle.loads(pickle.dumps(runtime))):
        assert torch.equal(twin(x), expected)
    other = two_convs()
    runtime.network.load_state_dict(other.state_dict())
    runtime.load_state_dict(OpenVINORuntime(other).state_dict())
    assert_equal_up_to_rounding(runtime(x), other(x))
    assert torch.equal(twin(x), expected)


@needs_openvino
def test_threads():
    asked = []
    core = openvino_runtime.openvino_core()

    def compile_model(model, device, settings):
        asked.append(settings['INFERENCE_NUM_THREADS'])
        return core.compile_model(model, device, settings)

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with mock.patch.object(openvino_runtime, 'openvino_core') as cores:
            cores.return_value.compile_model = compile_model
            OpenVINORuntime(two_convs())(images(1, 3, 4, 4))
    finally:
        torch.set_num_threads(before)
    assert asked == [1]


SIGNAL_AFTER_RUNTIMES = '''
import gc, os, signal
import torch
from projects.dstransnet.deployment import OpenVINORuntime

def compiled():
    network = torch.nn.Conv2d(3, 1, 1).eval().requires_grad_(False)
    runtime = OpenVINORuntime(network)
    runtime(torch.zeros(1, 3, 4, 4))
    return runtime

first, second = compiled(), compiled()
del first
gc.collect()
del second
gc.collect()
signal.signal(signal.SIGUSR1, lambda *arguments: print('received'))
os.kill(os.getpid(), signal.SIGUSR1)
'''


@needs_openvino
def test_signals_after_the_end_of_runtimes():
    """OpenVINO exchanges the stack that signal handlers run on."""
    done = subprocess.run([sys.executable, '-c', SIGNAL_AFTER_RUNTIMES],
                          cwd=Path(__file__).parents[2],
                          stdout=subprocess.PIPE, text=True)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, 'received')


@needs_openvino
def test_wrong_input():
    runtime = OpenVINORuntime(two_convs())
    with pytest.raises(InputError, match='takes float32 images on the CPU, '
                       'got torch.float64 on cpu'):
        runtime(images(1, 3, 4, 4).double())
    with pytest.raises(InputError, match='got torch.float32 on meta'):
        runtime(images(1, 3, 4, 4).to('meta'))
    with pytest.raises(InputError, match='images: the network cannot take '
                       r'images of shape \(1, 2, 4, 4\): '):
        runtime(images(1, 2, 4, 4))
    with pytest.raises(InputError, match="runtime: 'openvino' computes in "
                       'float32 or bfloat16 here, got torch.float16'):
        OpenVINORuntime(two_convs(), torch.float16)


@needs_openvino
def test_lack_of_memory_is_no_wrong_shape(monkeypatch):
    def trace(*arguments, **options):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(torch.jit, 'trace', trace)
    with pytest.raises(RuntimeError, match='^DefaultCPUAllocator'):
        OpenVINORuntime(two_convs())(images(1, 3, 4, 4))


@needs_openvino
@needs_gpu
def test_images_on_a_gpu():
    with pytest.raises(InputError, match='on cuda:0'):
        OpenVINORuntime(two_convs())(images(1, 3, 4, 4).cuda())


def test_without_openvino(monkeypatch):
    monkeypatch.setattr(openvino_runtime, 'openvino_available', lambda: False)
    with pytest.raises(InputError, match='pip install openvino'):
        OpenVINORuntime(two_convs())


def test_nothing_is_reported_to_the_makers_of_openvino(monkeypatch):
    """Its converter does, in new processes, unless it is avoided."""
    telemetry = pytest.importorskip('openvino_telemetry')
    sent = []
    monkeypatch.setattr(telemetry.Telemetry, 'send_event',
                        lambda self, *event, **options: sent.append(event))
    openvino_model(two_convs(), (1, 3, 8, 8))
    assert not sent
