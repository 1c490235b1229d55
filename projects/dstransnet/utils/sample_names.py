"""Names of the files that are written for an image."""
from __future__ import annotations

import posixpath
from collections.abc import Sequence

from mmengine.dataset import BaseDataset

from .errors import InputError


def _split_scheme(path: str) -> tuple[str, str]:
    """Return the scheme, '' for local paths, and the path without '..'."""
    scheme, mark, rest = path.rpartition('://')
    # Behind a scheme there is no current folder to be relative to.
    absolute = '/' + rest if mark else posixpath.abspath(path)
    # Two leading slashes would be kept.
    return scheme, posixpath.normpath('/' + absolute.lstrip('/'))


def image_paths(dataset: BaseDataset) -> list[str]:
    """Return the path of each image of a data set, or of joined ones."""
    return [
        dataset.get_data_info(number)['img_path']
        for number in range(len(dataset))
    ]


def sample_name(path: str, image_root: str | None = None) -> str:
    """Return the name, without suffix, of what is written for an image.

    It is the image's path relative to ``image_root``, sub folders included,
    or its base name where there is no root or the image lies outside of it.
    Joined to a folder it never leaves that folder: '..' is resolved first.

    Args:
        path (str): Path of the image, local or of another file system
            (``scheme://...``).
        image_root (str, optional): Folder to start from, of the same file
            system. Defaults to None.

    Returns:
        str: The name, with '/' between folders and without a leading one.

    Raises:
        InputError: If the path names no file.

    Examples:
        >>> sample_name('data/images/day/a.png', 'data/images')
        'day/a'
        >>> sample_name('data/images/day/a.png'), sample_name('../a.png', 'b')
        ('a', 'a')
        >>> sample_name('synthetic://seed=3/images/000012.png', 'synthetic://')
        'seed=3/images/000012'
    """
    scheme, resolved = _split_scheme(path)
    name = posixpath.splitext(posixpath.basename(resolved))[0]
    if not name:
        raise InputError(f'{path!r}: expected the path of an image')
    if image_root is not None:
        root_scheme, root = _split_scheme(image_root)
        root = root.rstrip('/') + '/'
        if root_scheme == scheme and resolved.startswith(root):
            return posixpath.splitext(resolved[len(root):])[0]
    return name


class UniqueNames:
    """Names of images, after making sure that no two images share one.

    Asking again for the same image is fine. In a distributed run each process
    sees the images it is asked for, not those of the others.

    Args:
        image_root (str, optional): As of :func:`sample_name`. Defaults to
            None.

    Examples:
        >>> names = UniqueNames('data')
        >>> names('data/day/a.png'), names('data/night/a.png')
        ('day/a', 'night/a')
    """

    def __init__(self, image_root: str | None = None) -> None:
        self.image_root = image_root
        self._owners: dict[str, str] = {}

    def __call__(self, path: str) -> str:
        """Return the name of an image.

        Raises:
            InputError: If another image has it; the message names both images
                and what to do.
        """
        name = sample_name(path, self.image_root)
        owner = self._owners.setdefault(name, path)
        (scheme, own), (other_scheme, other) = map(_split_scheme,
                                                   (path, owner))
        if (scheme, own) == (other_scheme, other):
            return name
        # Only folders can be told apart by a root; suffixes are dropped.
        folders = posixpath.dirname(own), posixpath.dirname(other)
        if scheme == other_scheme and folders[0] != folders[1]:
            common = posixpath.commonpath(folders)
            root = f'{scheme}://{common.lstrip("/")}' if scheme else common
            remedy = f'set image_root to {root!r}, which holds both'
        else:
            remedy = 'rename one of them'
        raise InputError(
            f'{owner} and {path} would both be written as {name!r}; {remedy}')


def unique_names(paths: Sequence[str],
              image_root: str | None = None) -> list[str]:
    """Return one distinct name for each image of a set, for tables.

    As :func:`sample_name`; where base names coincide and no root is given,
    relative to the folder that holds them all, and the paths themselves where
    nothing shorter tells them apart.

    Args:
        paths (Sequence[str]): Paths of the images.
        image_root (str, optional): As of :func:`sample_name`. Defaults to
            None.

    Examples:
        >>> unique_names(['data/a.png', 'data/b.png'])
        ['a', 'b']
        >>> unique_names(['data/day/a.png', 'data/night/a.png'])
        ['day/a', 'night/a']
    """
    names = [sample_name(path, image_root) for path in paths]
    if len(set(names)) < len(set(paths)) and image_root is None:
        scheme, _ = _split_scheme(paths[0])
        folders = [
            posixpath.dirname(_split_scheme(path)[1]) for path in paths
        ]
        root = posixpath.commonpath(folders)
        if scheme:
            root = f'{scheme}://{root.lstrip("/")}'
        names = [sample_name(path, root) for path in paths]
    return names if len(set(names)) >= len(set(paths)) else list(paths)
