"""Images of a folder by the names that labels give them."""
from __future__ import annotations

import posixpath
from typing import Any

from ...imaging.file_inspection import IMAGE_SUFFIXES, inspect_image
from ...utils.errors import InputError
from ...utils.reading import finite_number
from ...utils.text import first_few
from ..sample_files import SampleFiles


class ImageIndex:
    """Images of a folder and its subfolders, by relative path without suffix.

    Args:
        folder (str): The folder.

    Attributes:
        names (list[str]): All names, sorted.

    Raises:
        InputError: If there is no image, or two have the same name.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._files = SampleFiles(folder)
        self.names = self._files.names()
        if not self.names:
            raise InputError(f'{folder}: expected a folder of images, got no '
                             f'file of {", ".join(IMAGE_SUFFIXES)}')
        self._known = set(self.names)
        self._meant: dict[str, str] = {}  # folder that labels give an image
        self._sizes: dict[str, tuple[int, int]] = {}

    def path(self, name: str) -> str:
        """Return the path of an image."""
        return self._files.path(name)

    def size(self, name: str) -> tuple[int, int]:
        """Return height and width of an image in pixels."""
        if name not in self._sizes:
            path = self.path(name)
            size, problem = inspect_image(path)
            if size is None:
                raise InputError(f'{path}: {problem}')
            self._sizes[name] = size[1], size[0]
        return self._sizes[name]

    def find(self, file: str, where: str) -> str:
        """Return the name of the image that a label's file name stands for.

        It is the path in the folder, with or without suffix, or else the last
        part of the path.

        Raises:
            InputError: If there is no such image, or an earlier name in
                another folder stands for the same one.
        """
        path = file.replace('\\', '/').removeprefix('./')
        for name in (path, posixpath.basename(path)):
            stem, suffix = posixpath.splitext(name)
            for key in (name, stem if suffix.lower() in IMAGE_SUFFIXES
                        else name):
                if key not in self._known:
                    continue
                folder = posixpath.dirname(path)
                earlier = self._meant.setdefault(key, folder)
                if earlier != folder:
                    raise InputError(
                        f'{where}: {file!r} and an image of this name in '
                        f'{earlier!r} both stand for {self.path(key)}')
                return key
        raise InputError(f'{where}: expected an image of {self.folder} '
                         f'({first_few(self.names, 3)}), got {file!r}')

    def check_size(self, name: str, width: Any, height: Any,
                   where: str) -> None:
        """Raise InputError if labels state another size than the image's."""
        if None in (width, height):
            return
        own = self.size(name)
        if (finite_number(height, f'{where}: height'),
                finite_number(width, f'{where}: width')) != own:
            raise InputError(
                f'{where}: states {width} x {height} pixels, '
                f'{self.path(name)} has {own[1]} x {own[0]} (width x height)')
