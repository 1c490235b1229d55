import pytest

from projects.dstransnet.utils.errors import first_line


@pytest.mark.parametrize('error, expected', [
    (ValueError('\n one \ntwo'), 'one '), (ValueError(' '), 'ValueError'),
    (MemoryError(), 'MemoryError'), (KeyError('a'), "'a'")])
def test_first_line(error, expected):
    assert first_line(error) == expected
