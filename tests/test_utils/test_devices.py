import pytest
import torch

from projects.dstransnet.utils.devices import check_device
from projects.dstransnet.utils.errors import InputError


def test_the_cpu():
    for kinds in (None, ('cpu', 'cuda')):
        assert check_device('cpu', kinds) == torch.device('cpu')


@pytest.mark.parametrize('name, kinds, end', [
    ('abacus', None, "got 'abacus'"),
    ('', None, "got ''"),
    ('cuda:x', None, "got 'cuda:x'"),
    ('meta', ('cpu', 'cuda'), 'got meta'),
    # It holds no values.
    ('meta', None, 'PyTorch cannot compute on meta here'),
    # Made for one that nobody has.
    ('privateuseone', None, 'PyTorch cannot compute on privateuseone here'),
])
def test_others(name, kinds, end):
    with pytest.raises(InputError) as error:
        check_device(name, kinds)
    text = str(error.value)
    assert text.startswith('--device: expected cpu, cuda or cuda:N')
    assert text.endswith(end) and '\n' not in text


@pytest.mark.parametrize('there', [False, True])
def test_gpus(monkeypatch, there):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: there)
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 2)
    assert not there or check_device('cuda:1').index == 1
    count = 2 if there else 0
    with pytest.raises(InputError, match='^--device: there is no cuda:2; '
                       f'PyTorch sees {count} CUDA devices'):
        check_device('cuda:2')
