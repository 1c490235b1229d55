import pytest
import torch
from torch import nn

from projects.dstransnet.models.layers import has_hooks, module_outputs


@pytest.mark.parametrize('register', [
    'register_forward_hook', 'register_forward_pre_hook',
    'register_full_backward_hook', 'register_full_backward_pre_hook'])
def test_all_kinds_of_hooks(register):
    layer = nn.Linear(1, 1)
    assert not has_hooks(layer)
    hook = getattr(layer, register)(lambda *args: None)
    assert has_hooks(layer)
    hook.remove()
    assert not has_hooks(layer)


class Pair(nn.Module):
    def forward(self, x):
        return dict(a=x, b=(x + 1, x + 2))


def test_outputs_of_several_by_key_and_number():
    model = nn.Sequential(Pair())
    with module_outputs(model, ['0[a]', '0']) as found:
        output = model(torch.zeros(1))
    assert found == {'0[a]': output['a'], '0': output}
    model(torch.ones(1))
    assert found['0'] is output  # not recorded outside
    with module_outputs(nn.Sequential(Pair(), nn.Identity()), ['']) as found:
        pass
    assert not found


@pytest.mark.parametrize('name', ['0[c]', '0[0]'])
def test_an_unknown_output_is_named(name):
    model = nn.Sequential(Pair())
    with module_outputs(model, [name]), \
            pytest.raises(ValueError, match=r'0\[.\]: the module has no such'):
        model(torch.zeros(1))


def test_an_unknown_module_is_named():
    with pytest.raises(ValueError, match="the Pair, got 'neck'"), \
            module_outputs(Pair(), ['neck[1]']):
        pass
