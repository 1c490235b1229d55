"""Rows of weights/table.yaml."""
import hashlib

import pytest

from projects.dstransnet.models.shipped_weights import (
    list_weights,
    shipped_weights,
)


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
