"""Rows of weights/table.yaml."""
import hashlib
import shutil

import pytest

from projects.dstransnet import Detector
from projects.dstransnet.models import (
    shipped_weights as shipped_weights_module,
)
from projects.dstransnet.models.shipped_weights import (
    list_weights,
    shipped_weights,
)
from projects.dstransnet.utils.errors import InputError


def test_every_row_has_its_config_and_file_and_hash():
    rows = list_weights()
    assert rows
    for name, row in rows.items():
        assert row.config.is_file(), name
        digest = hashlib.sha256(row.file.read_bytes()).hexdigest()
        assert row.file.with_name(
            f'{row.file.name}.sha256').read_text().split() == [
                digest, row.file.name]


def test_no_file_of_weights_is_without_a_row():
    rows = list_weights().values()
    folder = next(iter(rows)).file.parent
    assert {row.file for row in rows} == set(folder.glob('*.safetensors'))


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match='dstransnet-s_sirst'):
        shipped_weights('dstransnet-s_sirts')


def test_names_load_verified_files(tmp_path, monkeypatch):
    row = list_weights()['lw-dstransnet-nano_sirst']
    copied = row._replace(file=tmp_path / row.file.name)
    copied.file.write_bytes(row.file.read_bytes()[:-1])
    shutil.copy(f'{row.file}.sha256', tmp_path)
    monkeypatch.setattr(shipped_weights_module, 'list_weights',
                        lambda: {'own': copied})
    with pytest.raises(InputError, match='expected the SHA-256') as error:
        Detector('own')
    assert str(copied.file) in str(error.value)
