"""Rows of weights/table.yaml."""
import hashlib
import shutil
from pathlib import Path

import pytest

from projects.dstransnet import Detector
from projects.dstransnet.cli import config_file, split_model
from projects.dstransnet.inference import detector
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


@pytest.fixture
def copied(tmp_path):
    """A row whose file and hash are copies."""
    row = list_weights()['lw-dstransnet-nano_sirst']
    for suffix in ('', '.sha256'):
        shutil.copy(f'{row.file}{suffix}', tmp_path)
    return row._replace(file=tmp_path / row.file.name)


def test_a_file_is_verified(copied):
    assert copied.verified() == str(copied.file)


def test_a_file_that_was_cut_off_is_refused(copied):
    content = copied.file.read_bytes()
    copied.file.write_bytes(content[:-1])
    with pytest.raises(InputError, match='expected the SHA-256') as error:
        copied.verified()
    assert str(copied.file) in str(error.value)


@pytest.mark.parametrize('suffix', ['', '.sha256'])
def test_a_missing_file_or_hash_is_named(copied, suffix):
    Path(f'{copied.file}{suffix}').unlink()
    with pytest.raises(InputError, match='weights lw-dstransnet-nano_sirst: '
                       'cannot read'):
        copied.verified()


def test_names_load_verified_files(copied, monkeypatch):
    copied.file.write_bytes(b'')
    monkeypatch.setattr(shipped_weights_module, 'list_weights',
                        lambda: {'own': copied})
    for module in (detector, config_file):
        monkeypatch.setattr(module, 'list_weights', lambda: {'own': copied})
    with pytest.raises(InputError, match='expected the SHA-256'):
        Detector('own')
    with pytest.raises(InputError, match='expected the SHA-256'):
        split_model(['own', 'frame.png'])
