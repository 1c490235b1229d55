"""Image and mask files by the name of a sample, and lists of names."""
from __future__ import annotations

import os
import os.path as osp
import posixpath
from collections import Counter, defaultdict

import mmengine
from mmengine import fileio

from ..imaging.file_inspection import IMAGE_SUFFIXES
from ..utils.errors import InputError
from ..utils.reading import walk_folder
from ..utils.text import first_few


def _without_suffix(file: str, suffix: str | None) -> str | None:
    """Return a name without its suffix, None if it has another one."""
    ending = osp.splitext(file)[1] if suffix is None else file[-len(suffix):]
    known = (ending.lower() in IMAGE_SUFFIXES if suffix is None
             else ending.lower() == suffix.lower())
    return file[:-len(ending)] if known else None


class SampleFiles:
    """Files of a local folder by the names of samples.

    Suffixes are compared without regard to case. Hidden files, such as the
    ``._x.png`` that macOS writes beside ``x.png``, are ignored.

    Args:
        folder (str): The folder.
        endings (tuple[str, ...]): What may follow the name of a sample, in
            front of the suffix, in order of preference. Defaults to
            ``('', )``.
        suffix (str, optional): Only files with this suffix, which may begin
            before the dot (``'_gt.png'``). Defaults to None, any of
            ``IMAGE_SUFFIXES``.
    """

    def __init__(self, folder: str, endings: tuple[str, ...] = ('', ),
                 suffix: str | None = None) -> None:
        self.folder, self.endings, self.suffix = folder, endings, suffix
        self._listed: dict[str, dict[str, list[str]]] = {}

    def _files(self, place: str) -> dict[str, list[str]]:
        """Return the files of a folder inside, by name without suffix."""
        if place not in self._listed:
            found: dict[str, list[str]] = defaultdict(list)
            try:
                files = sorted(os.listdir(osp.join(self.folder, place)))
            except OSError:
                files = []
            for file in files:
                name = _without_suffix(file, self.suffix)
                if name is not None and not file.startswith('.'):
                    found[name].append(file)
            self._listed[place] = dict(found)
        return self._listed[place]

    def path(self, name: str) -> str:
        """Return the path of a sample's file, or where it should be.

        Raises:
            InputError: If several files differ in their suffixes alone.
        """
        place, base = posixpath.split(name)
        for ending in self.endings:
            files = self._files(place).get(base + ending, ())
            if len(files) > 1:
                raise InputError(
                    f'{osp.join(self.folder, place)}: expected one file of '
                    f'the name {base + ending}, got {", ".join(files)}; '
                    'remove one, or state img_suffix or seg_map_suffix')
            if files:
                return osp.join(self.folder, place, files[0])
        suffix = self.suffix or f'{self.endings[-1]}.png'
        return osp.join(self.folder, name + suffix)

    def names(self) -> list[str]:
        """Return the names of all samples, sorted; subfolders included.

        Raises:
            InputError: If a folder below cannot be read.
        """
        found: list[str] = []
        if not osp.isdir(self.folder):
            return found
        for place, _ in walk_folder(self.folder):
            inside = osp.relpath(place, self.folder).replace(os.sep, '/')
            for name in self._files('' if inside == '.' else inside):
                for ending in self.endings:
                    if name.endswith(ending):
                        name = name.removesuffix(ending)
                        found.append(name if inside == '.' else
                                     f'{inside}/{name}')
                        break
        return sorted(found)


def remote_names(folder: str, suffix: str,
                 backend_args: dict | None) -> list[str]:
    """Return the names in a folder behind a file backend, sorted."""
    files = fileio.list_dir_or_file(folder, list_dir=False, suffix=suffix,
                                    recursive=True, backend_args=backend_args)
    return sorted(file[:-len(suffix)] for file in files)


def read_names(path: str, suffix: str | None = None,
               backend_args: dict | None = None) -> list[str]:
    """Read a list of sample names, one a line.

    Blank lines, a slash in front and the suffix of an image file do not
    count.

    Args:
        path (str): The list, text in UTF-8.
        suffix (str, optional): Suffix of the image files where it is no
            known one. Defaults to None.
        backend_args (dict, optional): File backend of mmengine. Defaults to
            None.

    Returns:
        list[str]: Names in the order of the list.

    Raises:
        InputError: If the file is no such text, or a name comes twice.
    """
    try:
        lines = mmengine.list_from_file(
            path,
            encoding='utf-8-sig',  # some editors put a mark in front
            backend_args=backend_args)
    except UnicodeDecodeError as error:
        raise InputError(f'{path}: expected text in UTF-8 with one name a '
                         f'line ({error})') from error
    names = []
    for line in lines:
        name = line.strip().lstrip('/')
        if name:
            names.append(_without_suffix(name, suffix) or name)
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise InputError(f'{len(twice)} names come more than once in {path}:'
                         '\n  ' + first_few(twice, 20, '\n  '))
    return names
