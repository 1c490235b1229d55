"""Names of runs in tables and legends."""
from __future__ import annotations

import os.path as osp
from collections.abc import Sequence
from pathlib import Path


def run_names(paths: Sequence[str]) -> list[str]:
    """Return a distinct name for each run, from the folder of its result.

    Args:
        paths (Sequence[str]): Folders, or files in them. A file that is not
            called result.json gives its own name.

    Returns:
        list[str]: Names with as many parent folders as needed to be distinct,
        and with numbers for equal paths.

    Examples:
        >>> run_names(['runs/a/result.json', 'runs/b/result.json'])
        ['a', 'b']
        >>> run_names(['a/test/result.json', 'b/test/result.json', 'c.json'])
        ['a/test', 'b/test', 'c']
        >>> run_names(['runs/a', 'runs/a/result.json'])
        ['a', 'a (2)']
    """
    places = []
    for path in map(osp.abspath, paths):
        if not osp.isdir(path) and path.endswith('.json'):
            path = path.removesuffix('.json').removesuffix('/result')
        places.append(Path(path or '/').parts)
    short = _short_names(list(dict.fromkeys(places)))
    names: list[str] = []
    taken = set(short.values())
    for number, parts in enumerate(places):
        name = short[parts]
        if parts in places[:number]:
            count = 2
            while f'{name} ({count})' in taken:
                count += 1
            name = f'{name} ({count})'
            taken.add(name)
        names.append(name)
    return names


def _short_names(
        places: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], str]:
    """Name distinct places by as few last parts as are distinct."""
    depths = [1] * len(places)
    while True:
        names = ['/'.join(parts[-depth:]).replace('//', '/')
                 for parts, depth in zip(places, depths)]
        longer = [
            depth + (names.count(name) > 1 and depth < len(parts))
            for name, parts, depth in zip(names, places, depths)
        ]
        if longer == depths:
            return dict(zip(places, names))
        depths = longer
