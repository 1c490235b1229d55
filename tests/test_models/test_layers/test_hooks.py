import pytest
from torch import nn

from projects.dstransnet.models.layers import has_hooks


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
