"""Checkpoints from addresses: each of mmengine's schemes, and none else."""
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import torch
from helpers.prepared import write_checkpoint
from mmengine import fileio
from mmengine.fileio.backends import LocalBackend
from mmengine.runner import checkpoint as mmengine_checkpoint
from mmengine.runner.checkpoint import CheckpointLoader

from projects.dstransnet.checkpoint import loaders
from projects.dstransnet.checkpoint.loaders import download
from projects.dstransnet.utils.errors import InputError

NAME = 'net-12345678.pth'
PATHS = {
    'http': f'http://example.org/{NAME}',
    'https': f'https://example.org/{NAME}',
    'torchvision': 'torchvision://net',
    'modelzoo': 'modelzoo://net',
    'open-mmlab': 'open-mmlab://net',
    'openmmlab': 'openmmlab://net',
    'openmmlab-local': 'openmmlab://net-here',
    'mmcls': 'mmcls://net',
    's3': f's3://bucket/{NAME}',
    's3-cluster': f'cluster:s3://bucket/{NAME}',
    'petrel': f'petrel://bucket/{NAME}',
    'path': f'{{tmp_path}}/far/{NAME}',
}


@pytest.fixture
def far(tmp_path, monkeypatch):
    """A file that every address leads to; returns it and the requests."""
    path = tmp_path / 'far' / NAME
    path.parent.mkdir()
    asked = []

    def fetch(url, target):
        asked.append(url)
        with open(target, 'wb') as file:
            file.write(path.read_bytes())

    table = {'net': PATHS['https'], 'net-here': str(path)}
    monkeypatch.setattr(loaders, '_fetch', fetch)
    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(tmp_path / 'hub'))
    for name in ('torchvision', 'external', 'mmcls'):
        monkeypatch.setattr(mmengine_checkpoint, f'get_{name}_models',
                            lambda: table)
    monkeypatch.setattr(loaders.fileio, 'get', lambda name,
                        backend_args: asked.append(name) or path.read_bytes())
    return path, asked


@pytest.mark.parametrize('address', PATHS.values(), ids=PATHS)
def test_prepared_files_are_refused(address, far, marker, tmp_path):
    write_checkpoint(far[0], marker)
    address = address.format(tmp_path=tmp_path)
    with pytest.raises(InputError, match=NAME) as error:
        CheckpointLoader.load_checkpoint(address)
    assert 'plain data' in str(error.value)
    assert ('fetched from' in str(error.value)) == (
        bool(far[1]) and address != PATHS['openmmlab-local'])
    assert not marker.exists()


@pytest.mark.parametrize('address', PATHS.values(), ids=PATHS)
def test_plain_files_are_read(address, far, tmp_path):
    torch.save(dict(state_dict={'backbone.a': torch.ones(2)}), far[0])
    got = CheckpointLoader.load_checkpoint(address.format(tmp_path=tmp_path))
    (key, ) = got['state_dict']
    assert key == ('a' if address.startswith('mmcls') else 'backbone.a')


def test_files_are_fetched_once_and_told_apart(far):
    path, asked = far
    path.write_bytes(b'1')
    first = download(PATHS['https'])
    path.write_bytes(b'2')
    assert download(PATHS['https']) == first
    other = download(f'https://example.com/{NAME}')
    assert other != first and len(asked) == 2
    with open(first) as one, open(other) as two:
        assert (one.read(), two.read()) == ('1', '2')


def test_safetensors_of_an_address(far, tmp_path):
    """The kind of file is told by the end of the address."""
    far[0].write_bytes(b'no such file')
    with pytest.raises(InputError, match='is no safetensors file'):
        CheckpointLoader.load_checkpoint('https://a.org/x.safetensors?raw=1')


def test_what_cannot_be_fetched_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(tmp_path))
    url = 'http://127.0.0.1:1/none.pth'
    with pytest.raises(InputError, match=re.escape(url)):
        CheckpointLoader.load_checkpoint(url)
    assert not list((tmp_path / 'checkpoints').iterdir())


@pytest.fixture
def server(monkeypatch, tmp_path):
    """Answers by ``server.headers`` and the bytes ``server.sent``."""
    class Handler(BaseHTTPRequestHandler):

        def do_GET(self):
            self.send_response(200)
            for name, value in self.server.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(self.server.sent)

        def log_message(self, *_):
            pass

    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(tmp_path / 'hub'))
    with HTTPServer(('127.0.0.1', 0), Handler) as opened:
        opened.url = f'http://127.0.0.1:{opened.server_port}/{NAME}'
        thread = threading.Thread(target=opened.serve_forever, daemon=True)
        thread.start()
        yield opened
        opened.shutdown()
        thread.join()


def test_an_answer_that_ends_early_is_not_kept(server, tmp_path):
    torch.save(dict(state_dict=dict(a=torch.ones(3))), tmp_path / NAME)
    content = (tmp_path / NAME).read_bytes()
    server.headers = {'Content-Length': str(len(content))}
    server.sent = content[:500]
    text = re.escape(f'{server.url} cannot be fetched') + '.*500 bytes read'
    with pytest.raises(InputError, match=text):
        CheckpointLoader.load_checkpoint(server.url)
    assert not list((tmp_path / 'hub/checkpoints').iterdir())
    server.sent = content
    got = CheckpointLoader.load_checkpoint(server.url)
    assert got['state_dict']['a'].tolist() == [1, 1, 1]


def test_files_of_no_known_size_are_named_by_their_address(server):
    server.headers, server.sent = {}, b'half of a file'
    with pytest.raises(InputError, match=f'fetched from {server.url}'):
        CheckpointLoader.load_checkpoint(server.url)


@pytest.mark.parametrize('name, message', [
    ('torchvision://no', 'unknown name'), ('openmmlab://no', 'unknown name'),
    ('mmcls://no', 'unknown name'), ('pavi://a', 'download')])
def test_what_is_not_known_is_named(name, message, far):
    with pytest.raises(InputError, match=f'{name}.*{message}'):
        CheckpointLoader.load_checkpoint(name)


def test_tables_of_other_things_are_read(tmp_path):
    """mmseg keeps embeddings of classes as bare tensors."""
    torch.save(torch.ones(3), tmp_path / 'a.pth')
    assert CheckpointLoader.load_checkpoint(str(tmp_path / 'a.pth')).sum() == 3


@pytest.mark.parametrize('checkpoint', [
    dict(state_dict=[1]), dict(state_dict={1: torch.ones(1)}),
    dict(state_dict={}, meta='x')])
def test_parts_that_are_no_tables(checkpoint, tmp_path):
    path = tmp_path / 'a.pth'
    torch.save(checkpoint, path)
    with pytest.raises(InputError, match=re.escape(f'{path}: expected')):
        CheckpointLoader.load_checkpoint(str(path))


def test_the_backend_for_clusters_is_asked(monkeypatch, tmp_path):
    """Through mmengine's registry, as its own loader does."""

    class Cluster(LocalBackend):

        def get(self, filepath):
            return super().get(tmp_path / filepath.rpartition('/')[2])

    monkeypatch.setitem(
        fileio.backends.registry_utils.backends, 'petrel', Cluster)
    torch.save(dict(state_dict={}), tmp_path / NAME)
    got = CheckpointLoader.load_checkpoint(f's3://bucket/{NAME}')
    assert got == dict(state_dict={})
