"""Writes a dataset in the directory layout of the field's toolboxes."""
from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator

from PIL import Image

from ...imaging.masks import mask_to_labels, read_mask
from ...utils.errors import InputError
from ...utils.text import first_few
from ..irstd_dataset import IRSTDDataset
from ..layouts import named_layout
from .check_report import CheckReport
from .sample_check import Sample

SPLITS = ('train', 'test')


def check_destination(folder: str) -> None:
    """Raise InputError unless a folder is empty or not there."""
    if os.path.lexists(folder) and not os.path.isdir(folder):
        raise InputError(f'DST: expected a folder, got the file {folder}')
    if os.path.isdir(folder) and os.listdir(folder):
        raise InputError(
            f'DST: {folder} is not empty; nothing is overwritten; it holds '
            f'{first_few(sorted(os.listdir(folder)))}')


@contextlib.contextmanager
def new_folder(folder: str) -> Iterator[str]:
    """Yield a hidden folder to fill, whose content comes to ``folder`` after.

    An error or interrupt while it is filled leaves ``folder`` empty, a kill
    the hidden one in it.

    Raises:
        InputError: See :func:`check_destination`.
    """
    check_destination(folder)
    os.makedirs(folder, exist_ok=True)
    partial = tempfile.mkdtemp(prefix='.partial-', dir=folder)
    try:
        yield partial
        for name in os.listdir(partial):
            os.rename(os.path.join(partial, name), os.path.join(folder, name))
    finally:
        shutil.rmtree(partial)


def _new_names(report: CheckReport) -> dict[str, list[tuple[str, Sample]]]:
    """Return the samples of each split, with the split in equal names."""
    owners: dict[str, str] = {}
    clash = any(owners.setdefault(sample.name, sample.image) != sample.image
                for split in SPLITS for sample in report.samples[split])
    return {
        split: [(f'{split}/{sample.name}' if clash else sample.name, sample)
                for sample in report.samples[split]]
        for split in SPLITS
    }


def write_common_layout(report: CheckReport, kind: type[IRSTDDataset],
                        folder: str) -> None:
    """Write training and test split in the layout 'toolbox'.

    Images are copied byte for byte. Masks become PNG of 8 bits, 0 and 255,
    in their own size.

    Args:
        report (CheckReport): Result of the check; every sample must be usable.
        folder (str): Where to; empty, or not there.

    Raises:
        InputError: If the folder is not empty, or the report says that
            samples cannot be read.
    """
    if not report.usable:
        raise InputError(f'{report.root}: not all files can be used')
    layout = named_layout(kind.LAYOUTS, 'toolbox')
    with new_folder(folder) as root:
        for split, samples in _new_names(report).items():
            files = layout.files(split)
            for name, sample in samples:
                suffix = os.path.splitext(sample.image)[1].lower()
                image = os.path.join(root, files.images, name + suffix)
                mask = os.path.join(root, files.masks, f'{name}.png')
                for path in (image, mask):
                    os.makedirs(os.path.dirname(path), exist_ok=True)
                shutil.copyfile(sample.image, image)
                labels = mask_to_labels(
                    read_mask(sample.mask), kind.MASK_THRESHOLD, sample.mask)
                Image.fromarray(labels * 255).save(mask)
            names = os.path.join(root, files.ann_file)
            os.makedirs(os.path.dirname(names), exist_ok=True)
            with open(names, 'w', encoding='utf-8', newline='\n') as file:
                file.writelines(f'{name}\n' for name, _ in samples)
