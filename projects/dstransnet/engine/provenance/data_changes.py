"""Comparison of datasets with those of a training run."""
from __future__ import annotations

from collections.abc import Sequence

from ...utils.text import first_few
from .fingerprint import Fingerprint

_MOST_NAMED = 3


def _title(data: Fingerprint) -> str:
    return f'{data.type} ({data.source})'


def changed_data(stored: Sequence[Fingerprint],
                 present: Sequence[Fingerprint]) -> list[str]:
    """Describe changes of datasets since a training run, one line per dataset.

    Datasets of the same class and source are compared. The source is the
    split file, or the folder of images, relative to the data root. Other
    datasets are skipped, since testing on other data is no mistake. Lines
    have the number and the first names of missing, new and changed samples;
    files are compared byte by byte.
    """
    known = {(data.type, data.source): data for data in stored}
    lines = []
    for data in present:
        before = known.get((data.type, data.source))
        if before is None or before.digest == data.digest:
            continue
        old, new = before.files(), data.files()
        both = [name for name in new if name in old]
        differences = [
            f'{len(names)} {text} ({first_few(names, _MOST_NAMED)})'
            for text, names in (
                ('missing', [name for name in old if name not in new]),
                ('new', [name for name in new if name not in old]),
                ('with another image',
                 [name for name in both if old[name][0] != new[name][0]]),
                ('with another mask',
                 [name for name in both if old[name][1] != new[name][1]]),
            ) if names
        ]
        if before.mask_threshold != data.mask_threshold:
            differences.append(
                f'a mask threshold of {data.mask_threshold} in place of '
                f'{before.mask_threshold}')
        what = ', '.join(differences) or 'the same in another order'
        lines.append(f'{_title(data)} is not as it was in training: of '
                     f'{len(new)} samples, {what}')
    return lines


def training_images(trained: Sequence[Fingerprint],
                    tested: Sequence[Fingerprint]) -> list[str]:
    """Find test images that a network was trained on, one line per dataset.

    Images are the same if their files have the same bytes, whatever their
    names. Generated scenes are the same if settings and number agree. Files
    that were not read are skipped.
    """
    seen = {
        image: name
        for data in trained for name, (image, _) in data.files().items()
        if not image.endswith(' -')
    }
    lines = []
    for data in tested:
        found = [
            name if seen[image] == name else f'{name} = {seen[image]}'
            for name, (image, _) in data.files().items() if image in seen
        ]
        if found:
            lines.append(
                f'{_title(data)}: {len(found)} of {data.samples} test images '
                'are among the training images '
                f'({first_few(found, _MOST_NAMED)})')
    return lines
