"""The trees in which a data set goes round, and which of them a folder has."""
from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..utils.errors import InputError

_MOST_SHOWN = 6  # entries of one kind that are shown of a folder


@dataclass(frozen=True)
class Files:
    """Where the files of one split are, below the data set's folder.

    Attributes:
        images (str): Folder of the images.
        masks (str): Folder of the masks.
        names (str): File with one name a line; '' stands for all images of
            the folder. Defaults to ''.
        image_suffix (str): What follows the name of an image. Defaults to
            '.png'.
        mask_suffixes (tuple[str, ...]): What may follow the name of a mask,
            the same for all: the first one that occurs in the folder, else
            the last. Defaults to ('.png', ).
    """
    images: str
    masks: str
    names: str = ''
    image_suffix: str = '.png'
    mask_suffixes: tuple[str, ...] = ('.png', )

    def are_in(self, root: str) -> bool:
        """Return whether both folders and the list are there."""
        return all(
            os.path.isdir(os.path.join(root, folder))
            for folder in (self.images, self.masks)) and (
                not self.names
                or os.path.isfile(os.path.join(root, self.names)))

    def mask_suffix(self, root: str) -> str:
        """Return the suffix that the masks of this folder have."""
        *preferred, suffix = self.mask_suffixes
        for candidate in preferred:
            with os.scandir(os.path.join(root, self.masks)) as entries:
                if any(entry.name.endswith(candidate) for entry in entries):
                    return candidate
        return suffix


@dataclass(frozen=True)
class Layout:
    """One tree in which a data set goes round.

    Attributes:
        name (str): What to call it in configs.
        splits (Mapping[str, Files]): Splits by name; 'train' and 'test' are
            always there.
        counts (Mapping[str, int]): Published number of images of each split
            where this layout is cut otherwise than the data set's paper
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

    def is_in(self, root: str) -> bool:
        """Return whether at least one of its splits is complete."""
        return any(files.are_in(root) for files in self.splits.values())

    def tree(self) -> str:
        """Return what is expected below the data set's folder, by line.

        Examples:
            >>> print(folder_layout().tree())
            trainval/images/X.png (train)
            trainval/masks/X.png (train)
            test/images/X.png (test)
            test/masks/X.png (test)
        """
        lines: dict[str, list[str]] = {}
        for split, files in self.splits.items():
            masks = ' or '.join(f'X{part}' for part in files.mask_suffixes)
            for line in (f'{files.images}/X{files.image_suffix}',
                         f'{files.masks}/{masks}', files.names):
                lines.setdefault(line, []).append(split)
        lines.pop('', None)
        return '\n'.join(
            line if len(splits) == len(self.splits) else
            f'{line} ({", ".join(splits)})' for line, splits in lines.items())


def list_layout(name: str,
                lists: Mapping[str, str],
                images: str = 'images',
                masks: str = 'masks',
                mask_suffixes: tuple[str, ...] = ('.png', ),
                counts: Mapping[str, int] | None = None) -> Layout:
    """Return a layout whose splits share their folders.

    Args:
        name (str): What to call it.
        lists (Mapping[str, str]): The file that lists each split's names.
        images (str): Folder of the images. Defaults to 'images'.
        masks (str): Folder of the masks. Defaults to 'masks'.
        mask_suffixes (tuple[str, ...]): See :class:`Files`. Defaults to
            ('.png', ).
        counts (Mapping[str, int], optional): See :class:`Layout`. Defaults
            to None, no other than the data set's.

    Returns:
        Layout: The layout.
    """
    splits = {
        split: Files(images, masks, names, mask_suffixes=mask_suffixes)
        for split, names in lists.items()
    }
    return Layout(name, splits, counts or {})


def folder_layout(mask_suffixes: tuple[str, ...] = ('.png', )) -> Layout:
    """Return the layout that has one folder a split and no lists.

    Args:
        mask_suffixes (tuple[str, ...]): See :class:`Files`. Defaults to
            ('.png', ).

    Returns:
        Layout: The layout, named 'folders'.
    """
    return Layout(
        'folders', {
            split: Files(
                f'{folder}/images',
                f'{folder}/masks',
                mask_suffixes=mask_suffixes)
            for split, folder in (('train', 'trainval'), ('test', 'test'))
        })


def toolbox_layouts(
    name: str,
    mask_suffixes: tuple[str, ...] = ('.png', ),
    counts: Mapping[str, int] | None = None,
) -> tuple[Layout, ...]:
    """Return the layouts in which toolboxes of the field pass data sets on.

    Args:
        name (str): What they call the data set, as in 'train_NAME.txt'.
        mask_suffixes (tuple[str, ...]): See :class:`Files`. Defaults to
            ('.png', ).
        counts (Mapping[str, int], optional): Images of each split of their
            lists, see :class:`Layout`. Defaults to None.

    Returns:
        tuple[Layout, ...]: 'toolbox' with the lists in ``img_idx``, 'lists'
        with the lists beside the folders, 'folders' without lists.
    """
    lists = {split: f'{split}_{name}.txt' for split in ('train', 'test')}
    inside = {split: f'img_idx/{file}' for split, file in lists.items()}
    return (
        list_layout(
            'toolbox', inside, mask_suffixes=mask_suffixes, counts=counts),
        list_layout(
            'lists', lists, mask_suffixes=mask_suffixes, counts=counts),
        folder_layout(mask_suffixes),
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


def find_layouts(root: str,
                 layouts: Sequence[Layout],
                 split: str,
                 name: str | None = None) -> list[Layout]:
    """Return the layouts that a folder has, the one to take first.

    A folder has a layout if one of its splits is complete, and the first of
    ``layouts`` that it has is the one to take. That does not depend on
    ``split``, so that training and test never follow two different cuts of
    the same images.

    Args:
        root (str): The data set's folder.
        layouts (Sequence[Layout]): Those to look for, in order of preference.
        split (str): What is asked for.
        name (str, optional): Take the layout of this name. Defaults to None.

    Returns:
        list[Layout]: At least one.

    Raises:
        InputError: If the folder has none of them, or not the one of that
            name, or the one to take lacks the split; the message shows what
            is there and what is expected.
    """
    found = [layout for layout in layouts if layout.is_in(root)]
    if name is not None:
        taken = named_layout(layouts, name)
        found = [taken, *(other for other in found if other is not taken)]
    if found and found[0].files(split).are_in(root):
        return found
    if found:
        problem = (f'split {split!r} of layout {found[0].name!r} is '
                   f'incomplete')
        problem += ''.join(f'; layout={other.name!r} is there'
                           for other in found[1:])
        expected = found[0].tree()
    else:
        problem = 'no layout that is known is there with any split complete'
        expected = '\n'.join(
            f'layout={layout.name!r}\n{_indented(layout.tree())}'
            for layout in layouts)
        expected = f'one of\n{_indented(expected)}'
    raise InputError(f'{root}: {problem}.\n'
                     f'There is\n{_indented(folder_tree(root))}\n'
                     f'Expected\n{_indented(expected)}')


def folder_tree(root: str, depth: int = 2) -> str:
    """Return what a folder holds, by line; a few entries of each kind.

    Args:
        root (str): The folder.
        depth (int): Levels to show. Defaults to 2.

    Returns:
        str: Names, those of folders with a slash at the end.
    """
    with os.scandir(root) as scanned:
        entries = sorted(scanned, key=lambda entry: entry.name)
    folders = [entry for entry in entries if entry.is_dir()]
    files = [entry for entry in entries if not entry.is_dir()]
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


def _indented(text: str) -> str:
    """Indent every line by two spaces."""
    return '\n'.join(f'  {line}' for line in text.split('\n'))
