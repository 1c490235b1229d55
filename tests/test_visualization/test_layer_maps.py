import numpy as np
import pytest
import torch
from torch import nn

from projects.dstransnet.utils.errors import InputError
from projects.dstransnet.visualization.layer_maps import (
    feature_maps,
    find_layers,
    grad_cam,
    scaled,
)


class Network(nn.Module):
    """Logits 3 a - b of two features, which work in place goes on with."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Conv2d(1, 2, 1, bias=False)
        self.activate = nn.ReLU(inplace=True)
        self.head = nn.Conv2d(2, 1, 1)
        self.aside = nn.Conv2d(1, 1, 1)
        self.number = nn.Linear(1, 1)
        nn.init.constant_(self.head.bias, -2)
        with torch.no_grad():
            self.features.weight[:, 0, 0, 0] = torch.tensor([1., -1.])
            self.head.weight[0, :, 0, 0] = torch.tensor([3., -1.])

    def forward(self, inputs, mode):
        assert mode == 'tensor'
        self.aside(inputs)
        self.number(inputs.mean().reshape(1, 1))
        return self.head(self.activate(self.features(inputs)))


INPUTS = torch.tensor([[[[1., 0.], [-2., 0.5]]]])


def test_patterns_end_at_dots():
    model = nn.Sequential(nn.Sequential(nn.ReLU()), nn.ReLU())
    assert find_layers(model, '*') == ['0', '1']
    assert find_layers(model, '*.0') == ['0.0']
    with pytest.raises(InputError, match="such as 0, 0.0, 1, got 'neck'"):
        find_layers(model, 'neck')


def test_features_are_those_before_work_in_place():
    model = Network()
    maps = feature_maps(model, INPUTS.clone(), ['features', 'activate'])
    assert not model.features._forward_hooks
    magnitude = INPUTS[0, 0].abs()
    assert np.allclose(maps['features'][0], magnitude / 2)
    assert np.allclose(maps['activate'][0], magnitude / 2)


def test_grad_cam_by_hand():
    """One pixel is detected: logit 3 * 1 - 2; its gradient is (3, 0)."""
    (cam, ) = grad_cam(Network(), INPUTS.clone(), ['features'])['features']
    # Weights are the gradients' means over four pixels.
    expected = (INPUTS[0, 0] * 3 / 4).clamp(min=0)
    assert np.allclose(cam, expected / expected.max())
    # Behind the activation both features have a gradient.
    (cam, ) = grad_cam(Network(), INPUTS.clone(), ['activate'])['activate']
    activated = torch.stack([INPUTS[0, 0], -INPUTS[0, 0]]).relu()
    expected = (activated * torch.tensor([3., -1.])[:, None, None]).sum(
        0).clamp(min=0)
    assert np.allclose(cam, expected / expected.max())


def test_grad_cam_of_the_highest_logit_without_detections():
    found = grad_cam(Network(), INPUTS / 4, ['features'], threshold=0.9)
    assert np.allclose(found['features'][0], scaled(INPUTS[0, 0].relu()))


def test_padding_has_no_part():
    """The highest value, and the highest logit, are in the padding."""
    inputs = torch.tensor([[[[0.5, 0.25, 4.], [0., 0.25, 4.]]]])
    (found, ) = feature_maps(
        Network(), inputs.clone(), ['features'], (2, 2))['features']
    assert np.allclose(found, [[1, 0.5, 1], [0, 0.5, 1]])
    network, gradients = Network(), []

    def record(layer, inputs, logits):
        logits.register_hook(gradients.append)

    network.head.register_forward_hook(record)
    grad_cam(network, inputs, ['features'], (2, 2))
    assert gradients[0].tolist() == [[[[1, 0, 0], [0, 0, 0]]]]
    # Logits of half the image's height and width, so one pixel of two.
    network.register_forward_hook(lambda layer, inputs, logits: logits[
        ..., :1, :2])
    del gradients[:]
    wide = torch.tensor([[[[0.5, 4., 0., 0.], [0., 0., 0., 0.]]]])
    grad_cam(network, wide, ['features'], (2, 2))
    assert gradients[0].tolist() == [[[[1, 0, 0, 0], [0, 0, 0, 0]]]]


def test_grad_cam_of_two_logits():
    """The target's logit is the difference to the background's."""
    one, two = Network(), Network()
    two.head = nn.Conv2d(2, 2, 1)
    with torch.no_grad():
        for name, values in one.head.named_parameters():
            pair = two.head.get_parameter(name)
            pair[0] = 5
            pair[1] = 5 + values[0]
    (expected, ), (cam, ) = (
        grad_cam(each, INPUTS.clone(), ['features'])['features']
        for each in (one, two))
    assert np.allclose(cam, expected)


def test_layers_without_a_map():
    with pytest.raises(InputError, match="'number' returns no map"):
        feature_maps(Network(), INPUTS.clone(), ['number'])
    with pytest.raises(InputError, match="'aside' does not change"):
        grad_cam(Network(), INPUTS.clone(), ['aside'])


@pytest.mark.parametrize('collect', [
    lambda large, small: (large, small),
    lambda large, small: dict(side=large, out=small)])
def test_several_maps_and_constant_ones(collect):

    class Pyramid(nn.Module):

        def forward(self, inputs):
            return collect(inputs, inputs[..., ::2, ::2] * 0)

    model = nn.Module()
    model.neck = Pyramid()
    model.forward = lambda inputs, mode: model.neck(inputs)
    large, small = feature_maps(model, INPUTS.clone(), ['neck'])['neck']
    assert large.shape == (2, 2) and small.tolist() == [[0]]
