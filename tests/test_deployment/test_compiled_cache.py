import copy
import os
from pathlib import Path

import pytest
import torch
from helpers.small_networks import images, needs_openvino, two_convs
from torch import nn

from projects.dstransnet.deployment import compiled_cache, openvino_runtime
from projects.dstransnet.deployment.compiled_cache import (
    FOLDER_VARIABLE,
    cache_folder,
    clear_compiled_cache,
    load_compiled,
    network_key,
    store_compiled,
)
from projects.dstransnet.deployment.openvino_runtime import OpenVINORuntime


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A new, empty cache."""
    path = tmp_path / 'compiled'
    monkeypatch.setenv(FOLDER_VARIABLE, str(path))
    return path


def test_key_of_equal_networks_is_equal():
    network = two_convs()
    assert network_key(network, (1, 3, 8, 8)) == network_key(
        copy.deepcopy(network), (1, 3, 8, 8))


def test_key_changes_with_everything_it_covers(monkeypatch):
    def key(network, *settings):
        return network_key(network, *(settings or ((1, 3, 8, 8), )))

    network = two_convs()
    keys = [key(network), key(network, (1, 3, 8, 16)),
            key(network, (1, 3, 8, 8), torch.bfloat16)]
    one_weight = copy.deepcopy(network)
    one_weight[0].weight.data.view(-1)[5] += 1e-6
    keys.append(key(one_weight))
    attribute = copy.deepcopy(network)
    attribute[0].padding = 0, 0
    keys.append(key(attribute))
    keys.append(key(network.double()))
    network.float()
    monkeypatch.setattr(compiled_cache.importlib.metadata, 'version',
                        lambda name: '0')
    keys.append(key(network))
    assert len(set(keys)) == len(keys)


def test_key_covers_the_source_code(monkeypatch, tmp_path):
    source = tmp_path / 'code.py'
    monkeypatch.setattr(compiled_cache, '_PACKAGE', tmp_path)
    keys = set()
    for text in ('a = 1', 'a = 2'):
        source.write_text(text)
        keys.add(network_key(two_convs()))
    assert len(keys) == 2


def test_networks_that_cannot_be_pickled_have_no_key():
    network = two_convs()
    network.act = lambda x: x
    assert network_key(network) is None


def test_stored_and_damaged_files(folder):
    assert load_compiled('a') is None
    store_compiled('a', b'compiled')
    assert load_compiled('a') == b'compiled'
    (path, ) = folder.iterdir()
    path.write_bytes(path.read_bytes()[:-1])
    assert load_compiled('a') is None


def test_least_recently_used_are_deleted(folder, monkeypatch):
    monkeypatch.setattr(compiled_cache, 'MAX_BYTES', 3 * (100 + 32))
    for age, key in enumerate('abc'):
        store_compiled(key, bytes(100))
        os.utime(folder / f'{key}.compiled', (age, age))
    load_compiled('a')
    store_compiled('d', bytes(100))
    assert [key for key in 'abcd' if load_compiled(key)] == ['a', 'c', 'd']
    store_compiled('large', bytes(1000))
    assert load_compiled('large') is None and load_compiled('d')


def no_home():
    raise RuntimeError('Could not determine home directory.')


def test_folders(monkeypatch, tmp_path):
    monkeypatch.setenv(FOLDER_VARIABLE, '')
    assert cache_folder() is None
    store_compiled('a', b'')
    assert load_compiled('a') is None and clear_compiled_cache() == (0, 0)
    monkeypatch.delenv(FOLDER_VARIABLE)
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    assert cache_folder() == tmp_path / 'dstransnet' / 'compiled'
    monkeypatch.delenv('XDG_CACHE_HOME')
    monkeypatch.setattr(Path, 'home', no_home)
    assert cache_folder() is None
    (tmp_path / 'file').write_text('')
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / 'file'))
    store_compiled('a', b'')  # not a folder: nothing is cached
    assert load_compiled('a') is None


class Unpicklable(nn.Module):
    def __init__(self):
        super().__init__()
        self.function = lambda x: 2 * x

    def forward(self, x):
        return self.function(x)


@needs_openvino
def test_second_runtime_does_not_compile(folder, monkeypatch):
    network, x = two_convs(), images(1, 3, 16, 24)
    expected = OpenVINORuntime(network)(x)

    def compile_again(*arguments):
        raise AssertionError('compiled again')

    with monkeypatch.context() as context:
        context.setattr(openvino_runtime, 'openvino_model', compile_again)
        assert torch.equal(OpenVINORuntime(copy.deepcopy(network))(x),
                           expected)
        with pytest.raises(AssertionError, match='compiled again'):
            OpenVINORuntime(network, torch.bfloat16)(x)
    (path, ) = folder.iterdir()
    store_compiled(path.stem, b'of another build')
    assert torch.equal(OpenVINORuntime(network)(x), expected)


@needs_openvino
def test_networks_without_key_are_compiled(folder):
    x = images(1, 3, 16, 24)
    torch.testing.assert_close(OpenVINORuntime(Unpicklable())(x), 2 * x)
    assert not folder.exists()


def test_a_cache_to_read_only(folder, monkeypatch):
    store_compiled('a', b'compiled')

    def refuse(path):
        raise PermissionError(13, 'Permission denied', path)

    monkeypatch.setattr(os, 'utime', refuse)
    assert load_compiled('a') == b'compiled'
