import pytest
import torch
import torch.nn.functional as F

from projects.dstransnet.models.layers import CFN, EfficientChannelAttention


def _eca(x, kernel):
    """Gate channel c by the means of the channels around it."""
    half = len(kernel) // 2
    means = F.pad(x.mean(dim=(2, 3)), (half, half))
    gates = sum(weight * means[:, k:k + x.shape[1]]
                for k, weight in enumerate(kernel))
    return x * gates.sigmoid()[:, :, None, None]


@pytest.mark.parametrize('kernel_size', [1, 3, 5])
def test_eca_weighs_channels_by_neighbouring_means(kernel_size):
    gate = EfficientChannelAttention(kernel_size).double()
    torch.nn.init.normal_(gate.conv.weight)
    x = torch.randn(2, 6, 3, 4, dtype=torch.float64) + 1
    expected = _eca(x, gate.conv.weight.flatten().tolist())
    torch.testing.assert_close(gate(x), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize('channels, expansion', [(4, 2.66), (3, 1.5)])
def test_cfn_is_its_formula(channels, expansion):
    network = CFN(channels, expansion).double()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter)
    x = torch.randn(2, channels, 5, 4, dtype=torch.float64)
    state = network.state_dict()

    hidden = int(expansion * channels)
    wide = F.conv2d(x, state['project_in.weight'])
    assert wide.shape[1] == 2 * hidden
    near = F.conv2d(wide[:, :hidden], state['conv3x3.weight'], padding=1,
                    groups=hidden).clamp(min=0)
    far = F.conv2d(wide[:, hidden:], state['conv5x5.weight'], padding=2,
                   groups=hidden).clamp(min=0)
    mixed = F.conv2d(torch.cat((near, far), dim=1),
                     state['project_out.weight'])
    expected = _eca(mixed, state['eca.conv.weight'].flatten().tolist())
    torch.testing.assert_close(network(x), expected, rtol=1e-10, atol=1e-10)
