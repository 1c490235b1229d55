import math

import pytest
import torch

from projects.dstransnet.models.layers import CFN, EfficientChannelAttention


def _sigmoid(value):
    return 1 / (1 + math.exp(-value))


def _pointwise(x, weight):
    return torch.einsum('oc,nchw->nohw', weight[:, :, 0, 0], x)


def _depthwise(x, weight):
    """Convolve each channel with its kernel, tap by tap."""
    half = weight.shape[-1] // 2
    height, width = x.shape[-2:]
    out = torch.zeros_like(x)
    for y in range(height):
        for z in range(width):
            for dy in range(-half, half + 1):
                for dz in range(-half, half + 1):
                    if 0 <= y + dy < height and 0 <= z + dz < width:
                        out[:, :, y, z] += (
                            weight[:, 0, dy + half, dz + half] *
                            x[:, :, y + dy, z + dz])
    return out


def _eca(x, kernel):
    """Gate channel c by the means of the channels around it."""
    half = len(kernel) // 2
    out = torch.empty_like(x)
    for i, image in enumerate(x):
        means = [channel.mean().item() for channel in image]
        for c in range(len(means)):
            total = sum(
                kernel[k] * means[c + k - half] for k in range(len(kernel))
                if 0 <= c + k - half < len(means))
            out[i, c] = image[c] * _sigmoid(total)
    return out


@pytest.mark.parametrize('kernel_size', [1, 3, 5])
def test_eca_weighs_channels_by_neighbouring_means(kernel_size):
    gate = EfficientChannelAttention(kernel_size).double()
    torch.nn.init.normal_(gate.conv.weight)
    x = torch.randn(2, 6, 3, 4, dtype=torch.float64) + 1
    expected = _eca(x, gate.conv.weight.flatten().tolist())
    torch.testing.assert_close(gate(x), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize('channels, expansion', [(4, 2.66), (3, 1.5)])
def test_cfn_matches_plain_loops(channels, expansion):
    network = CFN(channels, expansion).double()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter)
    x = torch.randn(2, channels, 5, 4, dtype=torch.float64)
    state = network.state_dict()

    hidden = int(expansion * channels)
    wide = _pointwise(x, state['project_in.weight'])
    assert wide.shape[1] == 2 * hidden
    near = _depthwise(wide[:, :hidden], state['conv3x3.weight']).clamp(min=0)
    far = _depthwise(wide[:, hidden:], state['conv5x5.weight']).clamp(min=0)
    mixed = _pointwise(torch.cat((near, far), dim=1),
                       state['project_out.weight'])
    expected = _eca(mixed, state['eca.conv.weight'].flatten().tolist())
    torch.testing.assert_close(network(x), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize('channels, hidden', [(32, 85), (64, 170), (128, 340),
                                              (256, 680)])
def test_hidden_width_is_truncated(channels, hidden):
    shapes = {
        name: tuple(value.shape)
        for name, value in CFN(channels).state_dict().items()
    }
    assert shapes == {
        'project_in.weight': (2 * hidden, channels, 1, 1),
        'conv3x3.weight': (hidden, 1, 3, 3),
        'conv5x5.weight': (hidden, 1, 5, 5),
        'project_out.weight': (channels, 2 * hidden, 1, 1),
        'eca.conv.weight': (1, 1, 3),
    }
