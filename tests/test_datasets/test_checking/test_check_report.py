from helpers.small_benchmark import Tiny

from projects.dstransnet.datasets.checking.benchmark_check import (
    check_benchmark,
)


def test_twenty_of_each_kind_are_shown(root):
    names = [f'x{number:02d}' for number in range(23)]
    (root / 'idx_427/trainval.txt').write_text('\n'.join(names))
    text = str(check_benchmark(Tiny, str(root)))
    assert '  images cannot be used (23):\n    images/x00.png: mis' in text
    assert '    images/x19.png: missing\n    ... and 3 more\n' in text
    assert 'images/x20.png' not in text
