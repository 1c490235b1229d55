"""Names of runs in tables and legends."""
from __future__ import annotations

import os.path as osp
from collections.abc import Sequence
from pathlib import Path


def run_names(paths: Sequence[str]) -> list[str]:
    """Name runs by the folders of their results, each differently.

    Args:
        paths (Sequence[str]): Folders, or files in them. A file that is not
            called result.json gives its own name.

    Returns:
        list[str]: With as many folders in front as tell the runs apart, and
        with numbers behind where paths are equal.

    Examples:
        >>> run_names(['runs/a/result.json', 'runs/b/result.json'])
        ['a', 'b']
        >>> run_names(['a/test/result.json', 'b/test/result.json', 'c.json'])
        ['a/test', 'b/test', 'c']
    """
    places = []
    for path in map(osp.abspath, paths):
        if not osp.isdir(path) and path.endswith('.json'):
            path = path.removesuffix('.json').removesuffix('/result')
        places.append(Path(path or '/').parts)
    depths = [1] * len(places)
    while True:
        names = ['/'.join(parts[-depth:]).replace('//', '/')
                 for parts, depth in zip(places, depths)]
        longer = [
            depth + (names.count(name) > 1 and depth < len(parts))
            for name, parts, depth in zip(names, places, depths)
        ]
        if longer == depths:
            break
        depths = longer
    return [
        name if name not in names[:number] else
        f'{name} ({names[:number].count(name) + 1})'
        for number, name in enumerate(names)
    ]
