"""Whether data are still those of a training run."""
from __future__ import annotations

from collections.abc import Sequence

from ...utils.text import first_few
from .fingerprint import Fingerprint

_MOST_NAMED = 3


def _title(data: Fingerprint) -> str:
    return f'{data.type} ({data.source})'


def changed_data(stored: Sequence[Fingerprint],
                 present: Sequence[Fingerprint]) -> list[str]:
    """Say in what data differ from those that a checkpoint knows.

    Compared are data sets of the same class and the same source: split file,
    or folder of images, relative to the root of the data. Of others nothing
    is said, as testing on other data than those of training is no mistake.

    Args:
        stored (Sequence[Fingerprint]): Of the checkpoint.
        present (Sequence[Fingerprint]): Of the data at hand.

    Returns:
        list[str]: A line for each data set that differs: how many samples
        are missing, are new, or have another image or mask, with the first
        names. A mask or image is another one if its file's bytes are.
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
    """Say which test images a network was trained on.

    Images count as the same if their files are, byte for byte, whatever
    their names; generated scenes if settings and number are. Files whose
    contents were not read do not count.

    Args:
        trained (Sequence[Fingerprint]): Data sets of training.
        tested (Sequence[Fingerprint]): Data sets at hand.

    Returns:
        list[str]: A line for each data set with such images.
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
