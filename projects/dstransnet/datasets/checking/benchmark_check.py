"""Checks of a downloaded benchmark, every file decoded to the end."""
from __future__ import annotations

import itertools
import os
import posixpath
import warnings
from collections import defaultdict
from collections.abc import Iterable, Sequence

from ...utils.errors import InputError
from ..irstd_dataset import IRSTDDataset
from ..layouts import Files, Layout, find_layouts, named_layout
from .check_report import LAYOUT, LISTS, CheckReport
from .sample_check import Sample, check_sample


def _missing(files: Files, root: str) -> str:
    """Return which folders or lists of a split are not there."""
    parts = [f'no {folder}/' for folder in (files.images, files.masks)
             if not os.path.isdir(os.path.join(root, folder))]
    if files.names and not os.path.isfile(os.path.join(root, files.names)):
        parts.append(f'no {files.names}')
    return ', '.join(parts)


def _hint(root: str, layouts: Sequence[Layout]) -> str:
    """Name a folder inside that has a layout: archives nest folders."""
    for folder, folders, _ in os.walk(root):
        inside = os.path.relpath(folder, root)
        if inside != '.' and any(each.is_in(folder) for each in layouts):
            return f'\nIt is in {folder}: state that folder.'
        # Folders of many thousand images are not worth the time.
        folders[:] = folders[:10] if inside.count(os.sep) < 2 else []
    return ''


def _find_layout(report: CheckReport, kind: type[IRSTDDataset],
                 name: str | None) -> Layout | None:
    """Set the layout of a report; None, and a problem, without one."""
    found = [layout for layout in kind.LAYOUTS if layout.is_in(report.root)]
    wanted = None if name is None else named_layout(kind.LAYOUTS, name)
    if not found or (wanted is not None and wanted not in found):
        try:
            find_layouts(report.root, kind.LAYOUTS, 'train', name)
        except InputError as error:
            report.problems[LAYOUT].append(
                str(error) + _hint(report.root, kind.LAYOUTS))
            return None
    layout = wanted or found[0]
    report.layout = layout.name
    report.others = [other.name for other in found if other is not layout]
    for split, files in layout.splits.items():
        missing = _missing(files, report.root)
        if missing and split in ('train', 'test'):
            report.problems[LAYOUT].append(f'{split}: {missing}')
        elif missing:
            report.notes['missing splits'].append(f'{split}: {missing}')
    return layout


def _samples(report: CheckReport, kind: type[IRSTDDataset],
             split: str) -> list[Sample]:
    """Return the samples of a split as the data set class pairs them."""
    with warnings.catch_warnings():
        # What is left out is named in the report.
        warnings.filterwarnings('ignore', '.* broken in the release')
        try:
            dataset = kind(
                data_root=report.root,
                split=split,
                layout=report.layout,
                check_files=False,
                serialize_data=False)
        except InputError as error:
            report.problems[LISTS].append(
                str(error).removeprefix(f'{kind.__name__}: '))
            return []
    folder = dataset.data_prefix['img_path']
    samples = []
    for number in range(len(dataset)):
        info = dataset.get_data_info(number)
        path = os.path.relpath(info['img_path'], folder)
        name = path.removesuffix(dataset.img_suffix).replace(os.sep, '/')
        samples.append(Sample(name, info['img_path'], info['seg_map_path']))
    leaving = [sample.name for sample in samples
               if posixpath.normpath(sample.name).startswith('..')]
    report.problems[LISTS] += [
        f'{split}: {name} is outside of the folder' for name in leaving]
    for name in kind.BROKEN:
        files = named_layout(kind.LAYOUTS, str(report.layout)).files(split)
        image = os.path.join(folder, name + files.image_suffix)
        if os.path.exists(image) and split == 'train':
            report.notes['broken'].append(name)
    return samples


def _add(report: CheckReport, sample: Sample,
         published: tuple[int, int] | None) -> None:
    """Look at a sample, and add what was found to a report."""
    check = check_sample(sample, report.root)
    report.checked[sample.image] = check
    for found, into in ((check.problems, report.problems),
                        (check.notes, report.notes)):
        for key, text in found:
            into[key].append(text)
    if check.size is None or published is None:
        return
    width, height = check.size
    if (height, width) != published:
        report.problems['sizes'].append(
            f'{os.path.relpath(sample.image, report.root)}: {width} x '
            f'{height}, published is {published[1]} x {published[0]} (width '
            'x height)')


def _check_counts(report: CheckReport, kind: type[IRSTDDataset]) -> None:
    """Compare the numbers of images with those of the published cuts.

    Whoever changes the tree of a data set may keep its cut, so the cut of
    any layout will do, if it is that of all splits.
    """
    cuts = [kind.published_counts(str(report.layout))]
    cuts += [kind.published_counts(layout.name) for layout in kind.LAYOUTS]
    numbers = {split: len(names) for split, names in report.samples.items()}

    def differing(cut: dict[str, int]) -> list[str]:
        return [f'{split}: {number} images, published are {cut[split]}'
                for split, number in numbers.items()
                if number != cut.get(split, number)]

    report.published = next((cut for cut in cuts if not differing(cut)),
                            cuts[0])
    report.problems['counts'] += differing(report.published)


def _check_shared(report: CheckReport) -> None:
    """Look for images that are in two splits, or twice in one.

    That a split is a part of another one, as validation of training, is no
    matter; but training and test have to differ, and are no such parts.
    """
    names = {split: {sample.image: sample.name for sample in samples}
             for split, samples in report.samples.items()}
    contents: dict[str, dict[bytes, list[str]]] = {}
    for split, images in names.items():
        same: dict[bytes, list[str]] = defaultdict(list)
        for path, name in images.items():
            if report.checked[path].content:
                same[report.checked[path].content].append(name)
        contents[split] = same
    parts = {split for split, whole in itertools.permutations(names, 2)
             if split not in ('train', 'test')
             and set(names[split]) < set(names[whole])}
    for first, second in itertools.combinations(names, 2):
        one, two = names[first], names[second]
        # What holds for a part was said of the whole.
        if (first in parts) != (second in parts):
            continue
        between = f'{first} and {second}: '
        both = [path for path in one if path in two]
        report.problems['shared'] += [between + one[path] for path in both]
        for content in contents[first]:
            here, there = (
                [name for name in contents[split].get(content, ())
                 if name not in {one.get(path) for path in both}]
                for split in (first, second))
            if here and there:
                report.problems['same content'].append(
                    f'{first} {", ".join(here)}; {second} {", ".join(there)}')
        equal = set(one.values()) & set(two.values())
        report.notes['same name'] += [
            between + name for name in sorted(equal)
            if name not in {one[path] for path in both}]
    for split in names:
        if split not in parts:
            report.notes['repeated'] += [
                f'{split} {", ".join(same)}'
                for same in contents[split].values() if len(same) > 1]


def _files_below(folder: str, suffix: str) -> Iterable[str]:
    for place, _, files in os.walk(folder):
        yield from (os.path.join(place, file) for file in files
                    if file.endswith(suffix))


def _check_unused(report: CheckReport, layout: Layout,
                  broken: Sequence[str]) -> None:
    """Note images and masks that belong to no split."""
    used, places = set(), set()
    for split, samples in report.samples.items():
        files = layout.files(split)
        suffix = files.mask_suffix(report.root)
        places |= {(files.images, files.image_suffix), (files.masks, suffix)}
        used |= {path for sample in samples
                 for path in (sample.image, sample.mask)}
        used |= {os.path.join(report.root, folder, name + end)
                 for name in broken
                 for folder, end in ((files.images, files.image_suffix),
                                     (files.masks, suffix))}
    used = {os.path.normpath(path) for path in used}
    found = {os.path.normpath(path) for folder, suffix in places
             for path in _files_below(
                 os.path.join(report.root, folder), suffix)}
    report.notes['unused'] += sorted(
        os.path.relpath(path, report.root) for path in found - used)


def check_benchmark(kind: type[IRSTDDataset],
                    root: str,
                    layout: str | None = None) -> CheckReport:
    """Check a download of a benchmark; every file is read and decoded.

    Args:
        kind (type[IRSTDDataset]): Class of the data set.
        root (str): Folder of the download.
        layout (str, optional): Name of the layout to check. Defaults to
            None, the one that the class takes.

    Returns:
        CheckReport: What was found.

    Raises:
        InputError: If there is no such layout.
    """
    report = CheckReport(root)
    taken = _find_layout(report, kind, layout)
    if taken is not None:
        for split, files in taken.splits.items():
            if files.are_in(root):
                samples = _samples(report, kind, split)
                if samples:
                    report.samples[split] = samples
        for samples in report.samples.values():
            for sample in samples:
                if sample.image not in report.checked:
                    _add(report, sample, kind.IMAGE_SIZE)
        _check_counts(report, kind)
        _check_shared(report)
        _check_unused(report, taken, kind.BROKEN)
    for entries in (report.problems, report.notes):
        for key in [key for key in entries if not entries[key]]:
            del entries[key]
    return report
