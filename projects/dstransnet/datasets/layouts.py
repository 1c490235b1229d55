"""Known directory layouts of datasets, and their detection."""
from __future__ import annotations

import glob
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from textwrap import indent

from ..utils.errors import InputError

_MOST_SHOWN = 6  # entries of one kind that are shown of a folder
_indented = partial(indent, prefix='  ')


@dataclass(frozen=True)
class Files:
    """Paths of the files of one split, below the dataset's folder.

    Attributes:
        images (str): Folder of the images.
        masks (str): Folder of the masks.
        lists (tuple[str, ...]): Files that may hold the names of the split,
            one a line, in order of preference; ``*`` and ``[...]`` are
            wildcards. None: all images of the folder. Defaults to ``()``.
        image_ending (str): Text between the name of a sample and the suffix
            of its image file. Defaults to ``''``.
        mask_endings (tuple[str, ...]): The same for masks; the first one
            with which there is a file. Defaults to ``('', )``.
        fallback (Files, optional): Files where these are missing. Defaults
            to None.
    """
    images: str
    masks: str
    lists: tuple[str, ...] = ()
    image_ending: str = ''
    mask_endings: tuple[str, ...] = ('', )
    fallback: Files | None = None

    @property
    def ann_file(self) -> str:
        """Preferred list, ``''`` without one."""
        return self.lists[0] if self.lists else ''

    def found_in(self, root: str) -> Files | None:
        """Return these files with the list that is in a folder.

        Returns:
            Files | None: With several lists if they fit one with wildcards;
            None if a folder or the list is missing.
        """
        if all(os.path.isdir(os.path.join(root, folder))
               for folder in (self.images, self.masks)):
            if not self.lists:
                return replace(self, fallback=None)
            for pattern in self.lists:
                found = sorted(path.replace(os.sep, '/')
                               for path in glob.glob(pattern, root_dir=root)
                               if os.path.isfile(os.path.join(root, path)))
                if found:
                    return replace(self, lists=tuple(found), fallback=None)
        return self.fallback and self.fallback.found_in(root)


@dataclass(frozen=True)
class Layout:
    """One directory layout of a dataset.

    Attributes:
        name (str): Its name in configs.
        splits (Mapping[str, Files]): Splits by name; 'train' and 'test' are
            always there.
        counts (Mapping[str, int]): Published number of images of each split
            where this layout is split otherwise than the dataset's paper
            does. Defaults to none.
    """
    name: str
    splits: Mapping[str, Files]
    counts: Mapping[str, int] = field(default_factory=dict)

    def files(self, split: str) -> Files:
        """Return where the files of a split are.

        Raises:
            InputError: If there is no such split.
        """
        if split not in self.splits:
            raise InputError(f'split: layout {self.name!r} has '
                             f'{", ".join(self.splits)}, got {split!r}')
        return self.splits[split]

    def found_in(self, root: str) -> dict[str, Files]:
        """Return the complete splits of a folder, see :class:`Files`."""
        found = {split: files.found_in(root)
                 for split, files in self.splits.items()}
        return {split: files for split, files in found.items() if files}

    def tree(self) -> str:
        """Return the expected paths below the dataset's folder, by line.

        Examples:
            >>> print(folder_layout().tree())
            trainval/images/X.png (train)
            trainval/masks/X.png (train)
            or train/images and train/masks (train)
            test/images/X.png (test)
            test/masks/X.png (test)
        """
        lines: dict[str, list[str]] = {}
        for split, files in self.splits.items():
            masks = ' or '.join(f'X{end}.png' for end in files.mask_endings)
            other = files.fallback
            for line in (f'{files.images}/X{files.image_ending}.png',
                         f'{files.masks}/{masks}', ' or '.join(files.lists),
                         other and f'or {other.images} and {other.masks}'):
                if line:
                    lines.setdefault(line, []).append(split)
        return '\n'.join(
            line if len(splits) == len(self.splits) else
            f'{line} ({", ".join(splits)})' for line, splits in lines.items())


def list_layout(name: str,
                lists: Mapping[str, str | tuple[str, ...]],
                images: str = 'images',
                masks: str = 'masks',
                mask_endings: tuple[str, ...] = ('', ),
                counts: Mapping[str, int] | None = None) -> Layout:
    """Return a layout whose splits share their folders.

    Args:
        lists (Mapping[str, str | tuple[str, ...]]): The file with the names
            of each split, or several to choose from, see :class:`Files`.
        images (str): Folder of the images. Defaults to 'images'.
        masks (str): Folder of the masks. Defaults to 'masks'.
        mask_endings (tuple[str, ...]): Those of :class:`Files`.
        counts (Mapping[str, int], optional): See :class:`Layout`. Defaults
            to None, those of the dataset.
    """
    splits = {
        split: Files(images, masks, (names, ) if isinstance(names, str)
                     else names, mask_endings=mask_endings)
        for split, names in lists.items()
    }
    return Layout(name, splits, counts or {})


def folder_layout(mask_endings: tuple[str, ...] = ('', )) -> Layout:
    """Return the layout 'folders': one a split, and no lists.

    Args:
        mask_endings (tuple[str, ...]): Those of :class:`Files`.
    """

    def files(folder: str, fallback: Files | None = None) -> Files:
        return Files(f'{folder}/images', f'{folder}/masks',
                     mask_endings=mask_endings, fallback=fallback)

    return Layout('folders', dict(train=files('trainval', files('train')),
                                  test=files('test')))


def common_layouts(
    *names: str,
    mask_endings: tuple[str, ...] = ('', ),
    counts: Mapping[str, int] | None = None,
) -> tuple[Layout, ...]:
    """Return the layouts in which toolboxes of the field share datasets.

    Args:
        *names (str): The dataset's name in the names of lists, as in
            'train_NAME.txt', and other spellings of it.
        mask_endings (tuple[str, ...]): Those of :class:`Files`.
        counts (Mapping[str, int], optional): Images of each split of named
            lists, see :class:`Layout`. Defaults to None.

    Returns:
        tuple[Layout, ...]: 'toolbox' with named lists in ``img_idx``;
        'lists' with named lists beside the folders; 'ratio' with lists in a
        folder such as ``50_50``; 'root' with ``trainval.txt`` or
        ``train.txt``, and ``test.txt``, beside the folders; 'folders'
        (``trainval`` or ``train``, and ``test``) without lists.

    Examples:
        >>> [layout.name for layout in common_layouts('NUDT-SIRST')]
        ['toolbox', 'lists', 'ratio', 'root', 'folders']
    """

    def named(folder: str) -> dict[str, tuple[str, ...]]:
        return {split: tuple(f'{folder}{split}_{name}.txt' for name in names)
                for split in ('train', 'test')}

    ratio = '[0-9]*_[0-9]*/'
    return (
        list_layout('toolbox', named('img_idx/'), mask_endings=mask_endings,
                    counts=counts),
        list_layout('lists', named(''), mask_endings=mask_endings,
                    counts=counts),
        list_layout('ratio', dict(train=f'{ratio}train.txt',
                                  test=f'{ratio}test.txt'),
                    mask_endings=mask_endings),
        list_layout('root', dict(train=('trainval.txt', 'train.txt'),
                                 test='test.txt'),
                    mask_endings=mask_endings),
        folder_layout(mask_endings),
    )


def named_layout(layouts: Sequence[Layout], name: str) -> Layout:
    """Return the layout of a name.

    Raises:
        InputError: If none has it; the message lists those there are.
    """
    for layout in layouts:
        if layout.name == name:
            return layout
    known = ', '.join(layout.name for layout in layouts)
    raise InputError(f'layout: expected one of {known}, got {name!r}')


def layouts_in(root: str, layouts: Sequence[Layout]) -> list[Layout]:
    """Return the layouts of which a folder has at least one split.

    Returns:
        list[Layout]: In the given order, each with its complete splits and
        the lists that are there. A layout that names the same files as one
        before is left out.
    """
    found: list[Layout] = []
    for layout in layouts:
        splits = layout.found_in(root)
        if splits and splits not in [each.splits for each in found]:
            found.append(replace(layout, splits=splits))
    return found


def find_layouts(root: str, layouts: Sequence[Layout], split: str,
                 name: str | None = None) -> list[Layout]:
    """Return the layouts of a folder, the one to read first.

    The first one of which any split is complete is read, whatever the
    ``split``, so that training and test never follow two different splits of
    the same images.

    Args:
        layouts (Sequence[Layout]): Layouts to look for, in order of
            preference.
        split (str): The split that is needed.
        name (str, optional): Read the layout of this name. Defaults to None.

    Returns:
        list[Layout]: At least one, see :func:`layouts_in`.

    Raises:
        InputError: If the folder has none of them, or not the one of that
            name, or the layout to read lacks the split; the message shows
            the folder and the expected paths.
    """
    if name is not None:  # the stated one comes first
        named_layout(layouts, name)
        layouts = sorted(layouts, key=lambda layout: layout.name != name)
    found = layouts_in(root, layouts)
    if not found and name is None:
        problem = 'no known layout is there with any split complete'
        expected = '\n'.join(
            f'layout={layout.name!r}\n{_indented(layout.tree())}'
            for layout in layouts)
        expected = f'one of\n{_indented(expected)}'
    else:
        taken = named_layout(layouts, name or found[0].name)
        taken.files(split)
        if found and found[0].name == taken.name and split in found[0].splits:
            return found
        problem = f'split {split!r} of layout {taken.name!r} is incomplete'
        problem += ''.join(f'; layout={other.name!r} is there'
                           for other in found if other.name != taken.name)
        expected = taken.tree()
    raise InputError(f'{root}: {problem}.\n'
                     f'There is\n{_indented(folder_tree(root))}\n'
                     f'Expected\n{_indented(expected)}')


def folder_tree(root: str, depth: int = 2) -> str:
    """Return the content of a folder by line, a few entries of each kind.

    Args:
        depth (int): Levels to show. Defaults to 2.

    Returns:
        str: Names, those of folders with a slash at the end.
    """
    try:
        with os.scandir(root) as scanned:
            entries = sorted(scanned, key=lambda entry: entry.name)
    except OSError:  # such as lost+found of a disk
        return '(not readable)'
    folders = [entry for entry in entries if os.path.isdir(entry.path)]
    files = [entry for entry in entries if not os.path.isdir(entry.path)]
    lines = []
    for folder in folders[:_MOST_SHOWN]:
        lines.append(f'{folder.name}/')
        if depth > 1:
            lines.append(_indented(folder_tree(folder.path, depth - 1)))
    if len(folders) > _MOST_SHOWN:
        lines.append(f'... and {len(folders) - _MOST_SHOWN} more folders')
    lines += [file.name for file in files[:_MOST_SHOWN]]
    if len(files) > _MOST_SHOWN:
        lines.append(f'... and {len(files) - _MOST_SHOWN} more files')
    return '\n'.join(lines or ['(nothing)'])
