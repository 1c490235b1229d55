"""Names of output files of images."""
from __future__ import annotations

import posixpath
from collections.abc import Sequence

from mmengine.dataset import BaseDataset

from .errors import InputError


def _split_scheme(path: str) -> tuple[str, str]:
    """Return the scheme, '' for local paths, and the path without '..'."""
    scheme, mark, rest = path.rpartition('://')
    # A path behind a scheme is not relative to the current folder.
    absolute = '/' + rest if mark else posixpath.abspath(path)
    # Two leading slashes would be kept.
    return scheme, posixpath.normpath('/' + absolute.lstrip('/'))


def _common_root(paths: Sequence[str]) -> str:
    """Return the folder that holds paths of one scheme."""
    schemes, resolved = zip(*map(_split_scheme, paths))
    root = posixpath.commonpath(map(posixpath.dirname, resolved))
    return f'{schemes[0]}://{root.lstrip("/")}' if schemes[0] else root


def image_paths(dataset: BaseDataset) -> list[str]:
    """Return the image paths of a dataset or of joined ones."""
    return [dataset.get_data_info(number)['img_path']
            for number in range(len(dataset))]


def sample_name(path: str, image_root: str | None = None) -> str:
    """Return the name, without suffix, of output files of an image.

    It is the image's path relative to ``image_root``, including subfolders,
    or its base name without a root or outside of it. '..' is resolved first,
    so the name joined to a folder never leaves that folder.

    Args:
        path (str): Path of the image, local or of another file system
            (``scheme://...``).
        image_root (str, optional): Folder that names are relative to.
            Defaults to None.

    Returns:
        str: The name, with '/' between folders and none at the start.

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
    """Output names of images; two images of one name raise an error.

    The same image may come again. In a distributed run each process checks
    its own images only.

    Args:
        image_root (str, optional): See :func:`sample_name`. Defaults to
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
            InputError: If another image has the name; the message names both
                images and a remedy.
        """
        name = sample_name(path, self.image_root)
        owner = self._owners.setdefault(name, path)
        (scheme, own), (other_scheme, other) = map(_split_scheme,
                                                   (path, owner))
        if (scheme, own) == (other_scheme, other):
            return name
        # A root tells folders apart, but not suffixes, which are dropped.
        folders = posixpath.dirname(own), posixpath.dirname(other)
        if scheme == other_scheme and folders[0] != folders[1]:
            remedy = (f'set image_root to {_common_root([path, owner])!r}, '
                      'which holds both')
        else:
            remedy = 'rename one of them'
        raise InputError(
            f'{owner} and {path} would both be written as {name!r}; {remedy}')


def unique_names(paths: Sequence[str],
                 image_root: str | None = None) -> list[str]:
    """Return a distinct name for each of several images, for tables.

    Names are those of :func:`sample_name`. Where base names coincide and no
    root is given, they are relative to the images' common folder. The paths
    themselves are the last resort.

    Args:
        paths (Sequence[str]): Paths of the images.
        image_root (str, optional): See :func:`sample_name`. Defaults to
            None.

    Examples:
        >>> unique_names(['data/a.png', 'data/b.png'])
        ['a', 'b']
        >>> unique_names(['data/day/a.png', 'data/night/a.png'])
        ['day/a', 'night/a']
    """
    names = [sample_name(path, image_root) for path in paths]
    if len(set(names)) < len(set(paths)) and image_root is None:
        root = _common_root(paths)
        names = [sample_name(path, root) for path in paths]
    return names if len(set(names)) >= len(set(paths)) else list(paths)
