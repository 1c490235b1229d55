"""docs/design/reliability.md names a test for every row of bad input."""
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / 'docs/design/reliability.md').read_text(encoding='utf-8')
TABLE = re.findall(
    r'^## Bad input\n.*?^\| input .*?\n\|---.*?\n(.*?)\n\n', PAGE,
    re.M | re.S)[0]
ROWS = [[cell.strip() for cell in line.strip('|').split('|')]
        for line in TABLE.splitlines()]


def named_tests() -> dict[str, list[tuple[str, str, str]]]:
    """Return file, function and case of the tests of every row."""
    found, file = {}, ''
    for title, _, cell in ROWS:
        names = re.findall(r'`([^`]+)`', cell)
        if title.startswith('**'):
            (file, ) = names
            continue
        parts = [re.fullmatch(r'(?:(.*\.py)::)?(\w+)(?:\[(.*)\])?', name)
                 for name in names]
        found[f'{file}: {title}'] = [
            (part[1] or file, part[2], part[3]) for part in parts]
    return found


TESTS = named_tests()


@pytest.mark.parametrize('row', TESTS)
def test_every_row_names_tests_that_exist(row):
    assert TESTS[row]
    for file, function, case in TESTS[row]:
        folder = ROOT if '/' in file else Path(__file__).parent
        source = (folder / file).read_text(encoding='utf-8')
        assert re.search(rf'^def {function}\(', source, re.M), function
        assert not case or f"    '{case}': (" in source, case


def test_the_table_has_every_kind_of_input():
    cells = [line.split('|')[1].lower() for line in TABLE.splitlines()
             if line.startswith('|')]
    for kind in ('missing', 'empty', 'truncated', 'format', 'another size',
                 'all black', 'nan pixels', 'infinite pixels', 'other values',
                 'one pixel', '10,000 x 10,000', 'unicode', 'spaces',
                 'a name twice', 'no target', 'zero images', 'loss nan',
                 'out of memory (cuda'):
        assert any(kind in cell for cell in cells), kind


@pytest.mark.parametrize('page', ['reliability.md', 'distributed.md'])
def test_links_and_files(page):
    folder = ROOT / 'docs/design'
    text = (folder / page).read_text(encoding='utf-8')
    for link, anchor in re.findall(r'\]\(([^)#]*)#?([^)]*)\)', text):
        target = folder / (link or page)
        headings = re.findall(r'^#+ (.*)', target.read_text(), re.M)
        anchors = [re.sub(r'[^\w -]', '', heading).lower().replace(' ', '-')
                   for heading in headings]
        assert not anchor or anchor in anchors, anchor
    paths = re.findall(r'\b(?:tests|tools|projects|configs)/[\w./-]+\.\w+',
                       text)
    assert len(paths) > 5
    for path in paths:
        assert (ROOT / path).is_file(), path
