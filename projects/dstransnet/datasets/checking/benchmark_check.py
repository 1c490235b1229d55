"""Checks of a downloaded benchmark, every file decoded to the end."""
from __future__ import annotations

import itertools
import os
import posixpath
import warnings
from collections import defaultdict
from collections.abc import Iterable, Sequence

from ...imaging.file_inspection import is_image_name
from ...utils.errors import InputError
from ..irstd_dataset import IRSTDDataset
from ..layouts import Files, Layout, find_layouts, layouts_in, named_layout
from .check_report import LAYOUT, LISTS, CheckReport
from .sample_check import Sample, check_sample


def _missing(files: Files, root: str) -> str:
    """Return the folders or lists of a split that are missing."""
    parts = [f'no {folder}/' for folder in (files.images, files.masks)
             if not os.path.isdir(os.path.join(root, folder))]
    if not parts and files.found_in(root) is None:
        parts.append(f'no {" or ".join(files.lists)}')
    return ', '.join(parts)


def _hint(root: str, layouts: Sequence[Layout]) -> str:
    """Name a folder inside that has a layout: archives nest folders."""
    for folder, folders, _ in os.walk(root):
        inside = os.path.relpath(folder, root)
        if inside != '.' and layouts_in(folder, layouts):
            return f'\nIt is in {folder}: state that folder.'
        # Folders of many thousand images are not worth the time.
        folders[:] = folders[:10] if inside.count(os.sep) < 2 else []
    return ''


def _find_layout(report: CheckReport, kind: type[IRSTDDataset],
                 name: str | None) -> Layout | None:
    """Set the layout of a report; None, and a problem, without one."""
    layouts = [*kind.LAYOUTS]
    if name is not None:
        layouts.insert(0, named_layout(layouts, name))
    found = layouts_in(report.root, layouts)
    if not found or (name is not None and found[0].name != name):
        try:
            find_layouts(report.root, kind.LAYOUTS, 'train', name)
        except InputError as error:
            report.problems[LAYOUT].append(
                str(error) + _hint(report.root, kind.LAYOUTS))
            return None
    layout = named_layout(kind.LAYOUTS, found[0].name)
    report.layout = layout.name
    report.others = [other.name for other in found[1:]]
    for split, files in layout.splits.items():
        missing = _missing(files, report.root)
        if missing and split in ('train', 'test'):
            report.problems[LAYOUT].append(f'{split}: {missing}')
        elif missing:
            report.notes['missing splits'].append(f'{split}: {missing}')
    return found[0]


def _samples(report: CheckReport, kind: type[IRSTDDataset],
             split: str) -> tuple[list[Sample], list[Sample]]:
    """Return the samples of a split, and those that are broken."""
    with warnings.catch_warnings():
        # The report names them.
        warnings.filterwarnings('ignore', '.* broken in the release')
        warnings.filterwarnings('ignore', '.* another split of this dataset')
        try:
            dataset = kind(data_root=report.root, split=split,
                           layout=report.layout, check_files=False,
                           serialize_data=False)
        except InputError as error:
            report.problems[LISTS].append(
                str(error).removeprefix(f'{kind.__name__}: '))
            return [], []
    samples, broken = (
        [Sample(info['sample_name'], info['img_path'], info['seg_map_path'])
         for info in infos] for infos in (
             map(dataset.get_data_info, range(len(dataset))),
             dataset.left_out))
    report.problems[LISTS] += [
        f'{split}: {sample.name} is outside of the folder'
        for sample in samples
        if posixpath.normpath(sample.name).startswith('..')]
    report.notes['broken'] += [sample.name for sample in broken]
    return samples, broken


def _add(report: CheckReport, sample: Sample,
         kind: type[IRSTDDataset]) -> None:
    """Check a sample and add the result to a report."""
    check = check_sample(sample, report.root, kind.MASK_THRESHOLD)
    report.checked[sample.image] = check
    for found, into in ((check.problems, report.problems),
                        (check.notes, report.notes)):
        for key, text in found:
            into[key].append(text)
    published = kind.IMAGE_SIZE
    if check.size is None or published is None:
        return
    width, height = check.size
    if (height, width) != published:
        report.problems['sizes'].append(
            f'{os.path.relpath(sample.image, report.root)}: {width} x '
            f'{height}, published is {published[1]} x {published[0]} (width '
            'x height)')


def _check_counts(report: CheckReport, kind: type[IRSTDDataset]) -> None:
    """Compare the numbers of images with those published for any layout."""
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
    """Look for images that are in two splits, or twice in one."""
    names = {split: {sample.image: sample.name for sample in samples}
             for split, samples in report.samples.items()}
    contents: dict[str, dict[bytes, list[str]]] = {}
    for split, images in names.items():
        same: dict[bytes, list[str]] = defaultdict(list)
        for path, name in images.items():
            if report.checked[path].content:
                same[report.checked[path].content].append(name)
        contents[split] = same
    # Splits inside of another one, as validation of training; never the test.
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


def _images_below(folder: str) -> Iterable[str]:
    for place, _, files in os.walk(folder):
        yield from (os.path.join(place, file) for file in files
                    if is_image_name(file))


def _check_unused(report: CheckReport, layout: Layout,
                  broken: Sequence[Sample]) -> None:
    """Note images and masks that belong to no split."""
    used = {os.path.normpath(path)
            for samples in (*report.samples.values(), broken)
            for sample in samples for path in (sample.image, sample.mask)}
    folders = {folder for split in report.samples
               for files in (layout.files(split), )
               for folder in (files.images, files.masks)}
    found = {os.path.normpath(path) for folder in folders
             for path in _images_below(os.path.join(report.root, folder))}
    report.notes['unused'] += sorted(
        os.path.relpath(path, report.root) for path in found - used)


def check_benchmark(kind: type[IRSTDDataset], root: str,
                    layout: str | None = None) -> CheckReport:
    """Check a download of a benchmark; every file is read and decoded.

    Args:
        layout (str, optional): Name of the layout to check. Defaults to
            None, the one that the class takes.

    Raises:
        InputError: If there is no such layout.
    """
    report = CheckReport(root)
    taken = _find_layout(report, kind, layout)
    if taken is not None:
        all_broken: list[Sample] = []
        for split in taken.splits:
            samples, broken = _samples(report, kind, split)
            all_broken += broken
            if samples:
                report.samples[split] = samples
        for samples in report.samples.values():
            for sample in samples:
                if sample.image not in report.checked:
                    _add(report, sample, kind)
        _check_counts(report, kind)
        _check_shared(report)
        _check_unused(report, taken, all_broken)
    for entries in (report.problems, report.notes):
        for key in [key for key in entries if not entries[key]]:
            del entries[key]
    return report
