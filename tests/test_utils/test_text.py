import pytest

from projects.dstransnet.utils.text import did_you_mean, first_few


@pytest.mark.parametrize('count, expected', [
    (0, ''), (3, '0, 1, 2'), (5, '0, 1, 2, 3, 4'),
    (6, '0, 1, 2, 3, 4, ... and 1 more')])
def test_short_and_long_lists(count, expected):
    assert first_few(range(count)) == expected


def test_lines_of_an_iterator():
    assert first_few(iter('abc'), 2, '\n') == 'a\nb\n... and 1 more'


@pytest.mark.parametrize('name, told', [
    ('treshold', "did you mean 'threshold'?"),
    ('colour', 'expected one of match, threshold')])
def test_nearest_names(name, told):
    assert did_you_mean(name, ['threshold', 'match']) == told
