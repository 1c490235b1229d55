from helpers.tiny_project import call_tool

from projects.dstransnet.deployment.compiled_cache import (
    FOLDER_VARIABLE,
    store_compiled,
)


def test_only_compiled_networks_are_deleted(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    store_compiled('a', bytes(2**20))
    (tmp_path / 'notes.txt').write_text('stays')
    result = call_tool('deployment/clear_cache.py')
    assert result.stdout == (
        f'{tmp_path}: 1 compiled networks deleted (1.0 MiB)\n')
    assert [path.name for path in tmp_path.iterdir()] == ['notes.txt']
    result = call_tool('deployment/clear_cache.py')
    assert ': 0 compiled networks deleted' in result.stdout
