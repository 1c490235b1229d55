"""Fingerprints of datasets: digests of their files."""
from __future__ import annotations

import dataclasses
import hashlib
import os
import posixpath
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from mmengine import fileio

from ...datasets.mask_rules import mask_threshold
from ...utils.config import leaf_datasets

_GENERATED = 'synthetic://'
_NONE = '-'  # for a missing mask, and for contents that were not read
_THREADS = 8


def _hash(data: bytes) -> str:
    # 64 bits: among 100,000 files, two different ones share a digest with
    # a probability of 3e-10.
    return hashlib.blake2b(data, digest_size=8).hexdigest()


@dataclasses.dataclass(frozen=True)
class Fingerprint:
    """Contents of one dataset, independent of where its files are.

    Attributes:
        type (str): Class of the dataset.
        source (str): Its split file, or else its folder of images, relative
            to the data root.
        samples (int): Number of samples.
        size (int): Total size of all files in bytes.
        listing (str): One line per sample, in the dataset's order: size and
            digest of the image, size and digest of the mask, name. For
            generated scenes, the settings of the generator and the numbers
            of the scenes.
        mask_threshold (int | None): Threshold by which its masks become
            labels, None for two-valued masks. Defaults to None.
    """
    type: str
    source: str
    samples: int
    size: int
    listing: str
    mask_threshold: int | None = None

    @property
    def digest(self) -> str:
        """Digest of the fingerprint."""
        parts = [self.type, self.source, self.listing]
        if self.mask_threshold is not None:
            parts.append(f'masks above {self.mask_threshold}')
        return _hash('\n'.join(parts).encode())

    @property
    def generated(self) -> bool:
        """True if the samples are generated."""
        return self.listing.startswith(_GENERATED)

    @property
    def contents(self) -> bool:
        """True if the contents of files are hashed, not only their sizes."""
        return self.generated or self.listing.split(' ', 2)[1] != _NONE

    def files(self) -> dict[str, tuple[str, str]]:
        """Return keys of the image and the mask of each name.

        Returns:
            dict[str, tuple[str, str]]: Two strings for each name, which are
            equal for equal images and masks. Without contents, only sizes
            are compared.
        """
        found = {}
        if self.generated:
            root, _, numbers = self.listing.rpartition(' ')
            for number in _numbers(numbers):
                path = f'{root}/{number:06d}'
                found[f'{number:06d}'] = path, path
            return found
        for line in self.listing.split('\n'):
            *parts, name = line.split(' ', 4)
            found[name] = ' '.join(parts[:2]), ' '.join(parts[2:])
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return the fingerprint as plain data."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Fingerprint:
        """Return the fingerprint of the data of :meth:`to_dict`."""
        return cls(**data)


def _ranges(numbers: Sequence[int]) -> str:
    """Write integers as ranges.

    Examples:
        >>> _ranges([0, 1, 2, 7])
        '0-2,7-7'
    """
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ','.join(f'{first}-{last}' for first, last in ranges)


def _numbers(ranges: str) -> Iterator[int]:
    """Parse the output of :func:`_ranges`."""
    for part in ranges.split(','):
        first, last = map(int, part.split('-'))
        yield from range(first, last + 1)


def _of_generated(paths: Sequence[str]) -> str:
    folder = posixpath.dirname(paths[0])
    numbers = [int(posixpath.basename(path).split('.')[0]) for path in paths]
    return f'{folder} {_ranges(numbers)}'


def _size_and_digest(path: str | None, backend_args: dict | None,
                     contents: bool) -> tuple[int, str]:
    """Return the size of a file in bytes and the digest of its content."""
    if path is None:
        return 0, _NONE
    local = '://' not in path and backend_args is None
    if local and not contents:
        return os.path.getsize(path), _NONE
    data = fileio.get(path, backend_args=backend_args)
    return len(data), _hash(data) if contents else _NONE


def _relative(path: str, root: str | None) -> str:
    """Return a path below a root, or its last part."""
    if root and '://' not in path:
        inside = os.path.relpath(path, root)
        if not inside.startswith('..'):
            return inside.replace(os.sep, '/')
    return posixpath.basename(path.rstrip('/'))


def _of_leaf(dataset: Any, contents: bool) -> Fingerprint | None:
    """Return the fingerprint of a dataset that joins no others."""
    if not hasattr(dataset, 'get_data_info'):
        return None
    infos = [dataset.get_data_info(number) for number in range(len(dataset))]
    if not infos or any('img_path' not in info for info in infos):
        return None
    kind = type(dataset).__name__
    images = [info['img_path'] for info in infos]
    if images[0].startswith(_GENERATED):
        listing = _of_generated(images)
        source = listing.rpartition(' ')[0]
        return Fingerprint(kind, source, len(infos), 0, listing)
    prefix = getattr(dataset, 'data_prefix', {}).get('img_path') or \
        os.path.dirname(images[0])
    root = getattr(dataset, 'data_root', None)
    source = _relative(getattr(dataset, 'ann_file', '') or prefix, root)
    backend_args = getattr(dataset, 'backend_args', None)
    paths = [path for info in infos
             for path in (info['img_path'], info.get('seg_map_path'))]
    # Reading and hashing release the interpreter lock.
    with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1)) as pool:
        digests = list(pool.map(
            lambda path: _size_and_digest(path, backend_args, contents),
            paths))
    lines = []
    for path, image, mask in zip(images, digests[::2], digests[1::2]):
        name = os.path.splitext(_relative(path, prefix))[0]
        lines.append('{} {} {} {} {}'.format(*image, *mask, name))
    size = sum(number for number, _ in digests)
    return Fingerprint(kind, source, len(infos), size, '\n'.join(lines),
                       mask_threshold(dataset))


def fingerprints(dataset: Any, contents: bool = True) -> list[Fingerprint]:
    """Return the fingerprint of a dataset, or of each dataset it joins.

    Several threads read and hash the files (BLAKE2b, 64 bits), regardless of
    caches. The location of the files does not matter.

    Args:
        dataset (Dataset): Any dataset; an empty one, or one without image
            files, has no fingerprint.
        contents (bool): Whether to read the files. Otherwise, only names and
            sizes count. Defaults to True.

    Returns:
        list[Fingerprint]: Fingerprints in the order of the datasets.
    """
    found = (_of_leaf(leaf, contents) for leaf in leaf_datasets(dataset))
    return [each for each in found if each is not None]
